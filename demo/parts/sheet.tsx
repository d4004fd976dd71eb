import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from './icon.tsx'

export interface SheetProps {
  readonly title: string
  readonly note?: string | undefined
  /** Closes the sheet with its motion; `onClosed` follows. */
  readonly children: (close: () => void) => ComponentChildren
  /** The sheet is gone from the screen: stop rendering it. */
  readonly onClosed: () => void
}

/**
 * A dialog: from the bottom on phones, in the middle on wide screens. The browser keeps the focus inside, closes it on Escape and on the
 * back gesture, and gives the focus back.
 */
export function Sheet({ title, note, children, onClosed }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const pressedOutside = useRef(false)
  const id = useId()
  const close = () => dialog.current?.close()

  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])

  const closed = useRef(onClosed)
  closed.current = onClosed
  useEffect(() => {
    const element = dialog.current
    if (element === null) return
    let gone = false
    const leave = async () => {
      await Promise.allSettled(element.getAnimations().map((animation) => animation.finished))
      if (!gone) closed.current()
    }
    const onClose = () => void leave()
    element.addEventListener('close', onClose)
    return () => {
      gone = true
      element.removeEventListener('close', onClose)
    }
  }, [])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard has Escape
    <dialog
      class="sheet"
      ref={dialog}
      aria-labelledby={id}
      // Only what is outside of the content belongs to the dialog itself. Both halves of the click count: a selection that was dragged
      // out of a field is not a wish to leave.
      onPointerDown={(event) => {
        pressedOutside.current = event.target === event.currentTarget
      }}
      onClick={(event) => {
        if (pressedOutside.current && event.target === event.currentTarget) close()
      }}
    >
      <div class="sheet-body">
        <header class="sheet-header">
          <div>
            <h2 id={id} tabIndex={-1}>
              {title}
            </h2>
            {note === undefined ? null : <p>{note}</p>}
          </div>
          <button type="button" class="icon-button" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        {children(close)}
      </div>
    </dialog>
  )
}
