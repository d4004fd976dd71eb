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

export function isConnectMessage(message: unknown): message is ConnectMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'larder:connect'
}

export function isReadyMessage(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'larder:ready'
}
