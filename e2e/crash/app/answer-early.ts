/**
 * The fault that the harness has to see: every transaction that writes says that it is complete when it is only asked to commit, and stays
 * open for a while. Whoever believes it acknowledges what a kill takes away.
 */
export function answerEarly(holdMs: number): void {
  const commit = IDBTransaction.prototype.commit
  IDBTransaction.prototype.commit = function (this: IDBTransaction) {
    const answer = this.oncomplete
    if (this.mode !== 'readwrite' || answer === null) return commit.call(this)
    this.oncomplete = null
    answer.call(this, new Event('complete'))
    holdOpen(this, performance.now() + holdMs, () => commit.call(this))
  }
}

/** A transaction lives as long as it is asked something. */
function holdOpen(transaction: IDBTransaction, until: number, end: () => void): void {
  const [store] = transaction.objectStoreNames
  if (store === undefined || performance.now() >= until) end()
  else transaction.objectStore(store).count().onsuccess = () => holdOpen(transaction, until, end)
}
