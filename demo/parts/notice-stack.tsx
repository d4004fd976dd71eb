import { useEffect, useState } from 'preact/hooks'
import { useStore } from '../state/create-store.ts'
import { announcement, dismiss, type Notice, notices } from '../state/notices.ts'
import { Icon } from './icon.tsx'

/** What just happened, and a way to take it back. */
export function NoticeStack() {
  const list = useStore(notices)
  const { id, text } = useStore(announcement)
  return (
    <section class="notices" aria-label="Notifications">
      {list.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
      <output class="visually-hidden" aria-live="polite">
        <span key={id}>{text}</span>
      </output>
    </section>
  )
}

function NoticeCard({ notice }: { notice: Notice }) {
  // Nothing goes away under the pointer or the focus.
  const [held, setHeld] = useState(false)
  const { id, forMs, action, gone } = notice
  useEffect(() => {
    if (forMs === undefined || held || gone) return
    const timer = setTimeout(() => dismiss(id), forMs)
    return () => clearTimeout(timer)
  }, [id, forMs, held, gone])
  return (
    <div
      class={`notice notice-${notice.tone}`}
      data-gone={gone}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocusIn={() => setHeld(true)}
      onFocusOut={() => setHeld(false)}
    >
      <p>{notice.text}</p>
      {action === undefined ? null : (
        <button
          type="button"
          class="notice-action"
          onClick={() => {
            dismiss(id)
            action.run()
          }}
        >
          {action.label}
        </button>
      )}
      <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(id)}>
        <Icon name="close" size={18} />
      </button>
    </div>
  )
}
