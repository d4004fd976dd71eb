import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findForeignAwaits, foreignAwaitsIn } from './foreign-awaits.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Storages whose calls take virtual time on purpose, and transactions of a server log: IndexedDB is not under them. */
const NOT_ON_INDEXEDDB = ['testing/simulator/', 'testing/faults/', 'testing/contract/server-log-contract.ts']
const found = (text: string) => foreignAwaitsIn('x.ts', text).foreign.map(({ text }) => text)

describe('C27: inside a transaction', () => {
  it('nothing in src awaits what IndexedDB does not know', () => {
    const { scopes, awaits, foreign } = findForeignAwaits(root, 'src', NOT_ON_INDEXEDDB)
    expect(foreign).toEqual([])
    // A check that sees nothing finds nothing.
    expect(scopes).toBeGreaterThan(20)
    expect(awaits).toBeGreaterThan(20)
  })

  it.each([
    ['a timer in the work', 'store.transition(async (tx) => { await delay(5); await tx.put(x) })', 'delay(5)'],
    [
      'a schema',
      'backend.transact(m, t, async (tx) => { await schema.parseAsync(await tx.get(k)) })',
      'schema.parseAsync(await tx.get(k))',
    ],
    [
      'a codec on a record',
      'async function f(tx: StorageTransaction) { const a = await tx.get(1); await gzip(a) }',
      'gzip(a)',
    ],
    [
      'one of several',
      'async function f(tx: StorageTransaction) { await Promise.all([tx.get(1), fetch(u)]) }',
      'fetch(u)',
    ],
    [
      'in a class',
      'class A { #tx: StorageTransaction; async f() { await this.#g(); await digest(x) } async #g() {} }',
      'digest(x)',
    ],
    ['a stream', 'async function f(tx: StorageTransaction) { for await (const x of stream) tx.put(x) }', 'stream'],
    [
      'in a function within',
      'async function f(tx: StorageTransaction) { list.map(async (x) => { await gzip(x) }) }',
      'gzip(x)',
    ],
  ])('%s would be found', (_, text, foreign) => {
    expect(found(text)).toEqual([foreign])
  })

  it.each([
    'store.transition(async (tx) => { const app = new App(tx); await app.run() })',
    'async function f(tx: StorageTransaction) { const [a] = await Promise.all([tx.get(1), g(tx)]); await h(tx, a) }',
    'class A { #tx: StorageTransaction; f() { return Promise.all(list.map(async (x) => (await this.#tx.get(x)) ?? 0)) } }',
    'async function f() { await delay(5) }',
  ])('what comes of the transaction is allowed: %s', (text) => {
    expect(found(text)).toEqual([])
  })
})
