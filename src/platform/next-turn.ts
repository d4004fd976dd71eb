/**
 * Resolves when everything has run that waits for nothing but promises. Taken when this module is loaded, so that fake timers of a test runner do not
 * reach it.
 */
export const nextTurn: () => Promise<void> =
  typeof setImmediate === 'undefined' ? viaMessage : viaImmediate(setImmediate)

function viaImmediate(immediate: typeof setImmediate): () => Promise<void> {
  return () => new Promise((resolve) => immediate(resolve))
}

/** As long a turn as browsers have: a message is a task, and all microtasks run before it. */
function viaMessage(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
