/** How likely each fault is to strike one request, from 0 to 1, and how long things take, in virtual ms. */
export interface NetworkFaults {
  /** The request never reaches the server. */
  readonly requestLost: number
  /** The server has done its work, and the answer never comes. */
  readonly responseLost: number
  /** The server gets the request a second time, at some moment up to `lateMs` later. The client gets one of the answers. */
  readonly duplicated: number
  /** Something between answers 502 or 503; the server may have done its work. */
  readonly serverError: number
  /** The answer is cut off somewhere. */
  readonly truncated: number
  /** Somebody else answers: a page for signing in to the network. */
  readonly portal: number
  /** A poke never arrives. */
  readonly pokeLost: number
  /** The stream of pokes breaks when a poke or heartbeat passes through it. */
  readonly streamBroken: number
  /** One way. */
  readonly minDelayMs: number
  readonly maxDelayMs: number
  readonly lateMs: number
}

export const NO_FAULTS: NetworkFaults = {
  requestLost: 0,
  responseLost: 0,
  duplicated: 0,
  serverError: 0,
  truncated: 0,
  portal: 0,
  pokeLost: 0,
  streamBroken: 0,
  minDelayMs: 5,
  maxDelayMs: 50,
  lateMs: 30_000,
}

/** A bad train line. */
export const HEAVY_FAULTS: NetworkFaults = {
  ...NO_FAULTS,
  requestLost: 0.1,
  responseLost: 0.1,
  duplicated: 0.15,
  serverError: 0.08,
  truncated: 0.08,
  portal: 0.06,
  pokeLost: 0.25,
  streamBroken: 0.2,
  maxDelayMs: 1200,
}
