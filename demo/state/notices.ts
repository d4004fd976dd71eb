import { createStore } from './create-store.ts'

export interface Notice {
  readonly id: number
  readonly text: string
  readonly tone: 'plain' | 'problem'
  readonly action: { readonly label: string; readonly run: () => void } | undefined
  /** ms until it goes by itself; undefined = when it is closed. */
  readonly forMs: number | undefined
  /** Of several about the same, only the newest is there, in the place of the one before; undefined: it stands alone. */
  readonly about: string | undefined
  /** One that is gone keeps its place while others stand on it: what can be tapped does not come down by itself. */
  readonly gone: boolean
}

/** From the bottom up. */
export const notices = createStore<readonly Notice[]>([])
/** What the screen reader says; with a new id it is said again, even if the words are the same. */
export const announcement = createStore<{ readonly id: number; readonly text: string }>({ id: 0, text: '' })

/** What the person did last: the newest is enough, nobody reads a pile. What comes by itself never takes its place, for it may be about to be undone. */
const DEED = 'deed'

let lastId = 0

/** Says something in passing, on the screen and to a screen reader. */
export function notify(text: string, options: Partial<Omit<Notice, 'id' | 'text' | 'gone'>> = {}): void {
  lastId += 1
  const notice: Notice = {
    id: lastId,
    text,
    tone: 'plain',
    action: undefined,
    forMs: 8000,
    about: DEED,
    gone: false,
    ...options,
  }
  notices.set(withNotice(notices.get(), notice))
  announcement.set({ id: lastId, text })
}

export function dismiss(id: number): void {
  notices.set(withoutNotice(notices.get(), id))
}

/** Takes away what is no news any more: the person has just dealt with it. */
export function dismissAbout(about: string): void {
  for (const notice of notices.get()) if (notice.about === about) dismiss(notice.id)
}

function withNotice(list: readonly Notice[], notice: Notice): readonly Notice[] {
  const place = list.findIndex(({ about }) => about !== undefined && about === notice.about)
  return place === -1 ? [...list, notice] : list.with(place, notice)
}

function withoutNotice(list: readonly Notice[], id: number): readonly Notice[] {
  const next = list.map((notice) => (notice.id === id ? { ...notice, gone: true } : notice))
  return next.slice(0, next.findLastIndex(({ gone }) => !gone) + 1)
}

/** Shows what went wrong. Larder's sentences say what to do. */
export function notifyProblem(what: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error)
  notify(`${what}: ${why}`, { tone: 'problem', forMs: undefined, about: undefined })
}
