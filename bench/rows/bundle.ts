import { join } from 'node:path'
import { builtBytes, bundledBytes } from '../harness/bundle-size.ts'
import { atMost, type Row } from '../harness/row.ts'

const KB = 1000

export const bundle: Row = {
  name: 'bundle',
  unit: 'kB',
  isHigherBetter: false,
  what: 'minified code and WASM, gzip: for Larder the page entry without rxjs and zod, and the worker entry with all that it needs',
  peers: ['dexie', 'rxdb', 'sqlite', 'livestore', 'pouchdb', 'tinybase'],
  runs: 1,
  notes: ['Peers: what the page of this benchmark loads of them, tree-shaken, with some lines that call them.'],
  measure: async (engine, { pages, built }) => {
    if (engine !== 'larder') return { p50: builtBytes(join(pages, engine)) / KB }
    const page = (await bundledBytes(built.fileOf('index.js'), ['rxjs', 'zod'])) / KB
    const worker = (await bundledBytes(built.fileOf('worker.js'), [])) / KB
    return { p50: page + worker, also: { 'page kB': page, 'worker kB': worker } }
  },
  goals: ({ also }) => [...atMost('page kB', also?.['page kB'], 8), ...atMost('worker kB', also?.['worker kB'], 55)],
}
