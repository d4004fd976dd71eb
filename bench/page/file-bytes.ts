/** The part of a directory handle that the DOM's types leave out. */
interface Entries {
  values(): AsyncIterable<FileSystemDirectoryHandle | FileSystemFileHandle>
}

export async function fileBytes(): Promise<{ bytes: number }> {
  return { bytes: await bytesIn(await navigator.storage.getDirectory()) }
}

async function bytesIn(folder: FileSystemDirectoryHandle): Promise<number> {
  let bytes = 0
  for await (const entry of (folder as FileSystemDirectoryHandle & Entries).values())
    bytes += entry.kind === 'file' ? (await entry.getFile()).size : await bytesIn(entry)
  return bytes
}
