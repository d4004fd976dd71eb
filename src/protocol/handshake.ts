import type { Lifecycle } from './worker-api.ts'

/** The first message from page to worker; the two ports are transferred with it. */
export interface ConnectMessage {
  readonly kind: 'larder:connect'
  readonly calls: MessagePort
  readonly notifications: MessagePort
}

/** The worker's answer, on the notifications port: it is up, and holds this lock for as long as it lives. */
export interface ReadyMessage {
  readonly kind: 'larder:ready'
  /** Undefined where the browser has no Web Locks. */
  readonly aliveLock: string | undefined
}

/** Instead of {@link ReadyMessage}: it is up, and what it serves could not be loaded. */
export interface FailedMessage {
  readonly kind: 'larder:failed'
  /** For whoever reads the error. */
  readonly reason: string
}

/**
 * What happens to the page. Posted to the worker itself and not through a port: of what is posted while a page is being frozen, its worker is
 * given only that before it stands still too.
 */
export interface LifecycleMessage {
  readonly kind: 'larder:lifecycle'
  readonly event: Lifecycle
}

export function isFailedMessage(message: unknown): message is FailedMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'larder:failed'
}

export function isLifecycleMessage(message: unknown): message is LifecycleMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'larder:lifecycle'
}

export function isConnectMessage(message: unknown): message is ConnectMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'larder:connect'
}

export function isReadyMessage(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'larder:ready'
}
