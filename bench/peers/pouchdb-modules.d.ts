/** The part of PouchDB that is used here; it comes without types. */
declare module 'pouchdb-browser' {
  import type { EventRow } from '../page/engine.ts'

  // biome-ignore lint/style/noDefaultExport: this is what the package exports.
  export default class PouchDB {
    static plugin(plugin: unknown): void
    constructor(name: string, options: { adapter: string; auto_compaction: boolean })
    info(): Promise<unknown>
    put(document: object): Promise<unknown>
    bulkDocs(documents: readonly object[]): Promise<readonly { readonly error?: unknown }[]>
    allDocs(options: object): Promise<{ readonly rows: readonly { readonly doc: EventRow }[] }>
    close(): Promise<void>
  }
}

declare module 'pouchdb-adapter-indexeddb' {
  const adapter: unknown
  // biome-ignore lint/style/noDefaultExport: this is what the package exports.
  export default adapter
}
