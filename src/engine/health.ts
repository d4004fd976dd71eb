export interface Health {
  readonly storage: {
    readonly mode: 'indexeddb' | 'memory' | 'custom'
    readonly persisted: boolean | 'unknown'
    readonly usageBytes: number | undefined
    readonly quotaBytes: number | undefined
  }
  /** Projections that stopped at an event whose evolve function threw. */
  readonly faulted: readonly { readonly projection: string; readonly eventId: string; readonly message: string }[]
}
