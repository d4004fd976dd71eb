/** The code of a commit whose stream is not as it expects; the server's, and this device's own where it sees that first. */
export const CONFLICT = 'conflict'

/** As the server says it. */
export function conflictIn(stream: string): { readonly code: typeof CONFLICT; readonly message: string } {
  const message = `Something else happened to ${stream} first: look at it again, and decide again.`
  return { code: CONFLICT, message }
}
