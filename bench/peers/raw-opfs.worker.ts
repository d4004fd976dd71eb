import { expose } from 'comlink'

/** The part of a sync access handle that is used here; the DOM's types leave it to workers. */
interface SyncHandle {
  write(bytes: Uint8Array, options: { at: number }): number
  read(bytes: Uint8Array, options: { at: number }): number
  flush(): void
  getSize(): number
  close(): void
}

const encoder = new TextEncoder()
let handle: SyncHandle | undefined
let size = 0

function opened(): SyncHandle {
  if (handle === undefined) throw new Error('The file is not open')
  return handle
}

const api = {
  async open(): Promise<void> {
    const folder = await navigator.storage.getDirectory()
    const file = await folder.getFileHandle('bench.jsonl', { create: true })
    handle = await (file as unknown as { createSyncAccessHandle(): Promise<SyncHandle> }).createSyncAccessHandle()
    size = handle.getSize()
  },

  append(line: string): void {
    size += opened().write(encoder.encode(line), { at: size })
    opened().flush()
  },

  read(): string {
    const bytes = new Uint8Array(size)
    opened().read(bytes, { at: 0 })
    return new TextDecoder().decode(bytes)
  },

  close: (): void => handle?.close(),
}

export type OpfsApi = typeof api
expose(api)
