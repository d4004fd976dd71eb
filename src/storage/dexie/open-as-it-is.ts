/**
 * Opens a database that is there and has this version. Undefined where it has to be made or upgraded: nothing of that is done here, so that nothing that can do
 * it need be loaded.
 *
 * @throws what IndexedDB refuses to open it with
 */
export function openAsItIs(
  factory: Pick<IDBFactory, 'open'>,
  name: string,
  version: number,
): Promise<IDBDatabase | undefined> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, version)
    let isThere = true
    request.onupgradeneeded = () => {
      isThere = false
      // What was not there is not there afterwards either.
      request.transaction?.abort()
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = (event) => {
      // Or Firefox tells the console.
      event.preventDefault()
      if (isThere) reject(request.error)
      else resolve(undefined)
    }
  })
}
