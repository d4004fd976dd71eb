/**
 * Who asks, by the request's verified token and by nothing else. Resolves to `'unauthenticated'` for no or a bad token (401: the device asks
 * the app for a fresh one), and to `'forbidden'` for a good token that may not sync (403: the device pauses). One that rejects is answered
 * with 503, and the device comes again.
 */
export type Authenticate = (request: Request) => Promise<Authenticated>

export type Authenticated =
  /** Stable for the life of the account: its log is found by it. 1 to 256 characters; never logged. */
  { readonly account: string } | 'unauthenticated' | 'forbidden'

/** The token of `Authorization: Bearer …`, if there is one. */
export function bearerToken(request: Request): string | undefined {
  return /^bearer +([^\s]+)\s*$/i.exec(request.headers.get('authorization') ?? '')?.[1]
}
