/** What Larder's database of checkpoints is called, beside that of the log. */
const SUFFIX = '/derived'

/** Deletes the checkpoints, so that the next open folds the log from its first event. */
export async function deleteCheckpoints(): Promise<void> {
  for (const name of await checkpointDatabases()) await deleteDatabase(name)
}

/** @throws when there are none: then nothing is warm */
export async function assertCheckpoints(): Promise<void> {
  const databases = await checkpointDatabases()
  if (databases.length === 0) throw new Error('Larder has stored no checkpoints')
}

async function checkpointDatabases(): Promise<readonly string[]> {
  const databases = await indexedDB.databases()
  return databases.flatMap(({ name }) => (name?.endsWith(SUFFIX) === true ? [name] : []))
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error(`${name} is still open`))
  })
}
