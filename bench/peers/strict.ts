/**
 * Asks for strict durability on behalf of libraries that have no option for it: without it a write is called complete while it is still in
 * the hands of the operating system, and would be compared with one that is on the disk.
 */
export function forceStrictDurability(): void {
  const native = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, stores, mode, options) {
    return native.call(this, stores, mode, mode === 'readwrite' ? { ...options, durability: 'strict' } : options)
  }
}
