import { createStore } from './create-store.ts'

export interface Notice {
  readonly id: number
  readonly text: string
  readonly tone: 'plain' | 'problem'
  readonly action: { readonly label: string; readonly run: () => void } | undefined
  /** ms until it goes by itself; undefined = when it is closed. */
  readonly forMs: number | undefined
}

export const notices = createStore<readonly Notice[]>([])
/** What the screen reader says; with a new id it is said again, even if the words are the same. */
export const announcement = createStore<{ readonly id: number; readonly text: string }>({ id: 0, text: '' })

let lastId = 0

/** Says something in passing, on the screen and to a screen reader. The newest stands alone: nobody reads a pile. */
export function notify(text: string, options: Partial<Omit<Notice, 'id' | 'text'>> = {}): void {
  lastId += 1
  const forMs = 'forMs' in options ? options.forMs : 8000
  const notice: Notice = { id: lastId, text, tone: options.tone ?? 'plain', action: options.action, forMs }
  notices.set([...notices.get().filter((each) => each.forMs === undefined), notice])
  announcement.set({ id: lastId, text })
}

export function dismiss(id: number): void {
  notices.set(notices.get().filter((notice) => notice.id !== id))
}

/** Shows what went wrong. Larder's sentences say what to do. */
export function notifyProblem(what: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error)
  notify(`${what}: ${why}`, { tone: 'problem', forMs: undefined })
}
