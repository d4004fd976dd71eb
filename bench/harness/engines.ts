/** Whom Larder is compared with, and what of it has to be installed. */
export interface Peer {
  readonly key: PeerKey
  readonly label: string
  /** Packages without which it cannot be measured. */
  readonly packages: readonly string[]
  /** How it was asked to be as durable as Larder, and how it is used. */
  readonly how: string
}

export const peerKeys = ['dexie', 'rxdb', 'sqlite', 'livestore', 'pouchdb', 'tinybase', 'raw-idb', 'raw-opfs'] as const
export type PeerKey = (typeof peerKeys)[number]
export type EngineKey = 'larder' | PeerKey

export const peers: { readonly [K in PeerKey]: Peer } = {
  dexie: {
    key: 'dexie',
    label: 'Dexie',
    packages: ['dexie'],
    how: 'on the page, one row per event, indexes on commit, stream, type and time, strict durability',
  },
  rxdb: {
    key: 'rxdb',
    label: 'RxDB',
    packages: ['rxdb'],
    how: 'on the page, Dexie storage with strict durability, one document per event, the same four indexes',
  },
  sqlite: {
    key: 'sqlite',
    label: 'SQLite',
    packages: ['@sqlite.org/sqlite-wasm'],
    how: 'WASM in a worker on OPFS (opfs-sahpool), WAL, synchronous=full, one row per event, the same four indexes',
  },
  livestore: {
    key: 'livestore',
    label: 'LiveStore',
    packages: ['@livestore/livestore', '@livestore/adapter-web'],
    how: 'OPFS; an append is over when the leader has acknowledged all that is pending; the same four indexes',
  },
  pouchdb: {
    key: 'pouchdb',
    label: 'PouchDB',
    packages: ['pouchdb-browser', 'pouchdb-adapter-indexeddb'],
    how: 'on the page, indexeddb adapter, strict durability forced, one document per event, ids that begin with the stream',
  },
  tinybase: {
    key: 'tinybase',
    label: 'TinyBase',
    packages: ['tinybase'],
    how: 'on the page, all in memory, IndexedDB persister with strict durability forced, each append saved',
  },
  'raw-idb': {
    key: 'raw-idb',
    label: 'raw IndexedDB',
    packages: [],
    how: 'on the page, one record per batch holding one JSON string, strict durability, no index: a limit, not a store',
  },
  'raw-opfs': {
    key: 'raw-opfs',
    label: 'raw OPFS',
    packages: [],
    how: 'sync access handle in a worker, one line of JSON per batch, flushed: a limit, not a store',
  },
}

export function isPeerKey(key: string): key is PeerKey {
  return (peerKeys as readonly string[]).includes(key)
}
