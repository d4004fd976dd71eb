import type { JsonValue } from './json.ts'

/** The command that a commit was decided by. It is kept while the commit waits, so that it can be decided again should what it stood on change. */
export interface KeptCommand {
  readonly aggregate: string
  readonly id: string
  readonly command: string
  /** As it was given, before its schema saw it. Absent for a command that takes none. */
  readonly args?: JsonValue
}
