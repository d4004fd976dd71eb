import { parseArgs } from 'node:util'
import { isPeerKey, type PeerKey, peerKeys } from './engines.ts'

export type Mode = 'full' | 'quick' | 'million'

export interface Arguments {
  readonly mode: Mode
  /** Names of rows; undefined for all of the mode. */
  readonly rows: readonly string[] | undefined
  readonly peers: readonly PeerKey[]
  /** Events of the large logs. */
  readonly events: number
  /** How often each row is measured on each engine. */
  readonly runs: number
  /** Whether what was measured is written to a file. */
  readonly isKept: boolean
}

/** Names of the rows: of a comparison, and of a log of a million events. */
export interface RowNames {
  readonly compared: readonly string[]
  readonly million: readonly string[]
}

/** A peer that is slow gets 5,000 events: with fewer, it would be asked for more than the others. */
const FEWEST_EVENTS = 5000
const MOST_EVENTS = 1_000_000

const sizes: { readonly [M in Mode]: { readonly events: number; readonly runs: number } } = {
  full: { events: 100_000, runs: 5 },
  quick: { events: 20_000, runs: 3 },
  million: { events: 1_000_000, runs: 3 },
}

export const help = ({ compared, million }: RowNames) => `npm run bench -- [options]

Builds Larder for production and measures it in a real Chromium on a profile on disk, through the page client and its worker, beside the
peers, one after the other in every run. Installs the peers into bench/node_modules first, when they are not there or their lock has changed.

  --quick       20,000 events and the median of 3, instead of 100,000 and 5; peers that are slow get less, which their rows say
  --million     Larder alone with 1,000,000 events stored: ${million.join(' ')}
  --rows a,b    Only these rows: ${compared.join(' ')}
  --peers a,b   Only these peers: ${peerKeys.join(' ')}; none for Larder alone
  --events N    Another number of events in the large logs, from ${FEWEST_EVENTS} to ${MOST_EVENTS}
  --no-results  Leaves the files below as they are
  --help

Writes bench/results/latest.json, and with --million bench/results/million.json. The last line says:
  rows      that were measured
  peers     that were measured in at least one row
  goals     how many are met, of how many that could be told
  failed    figures that were asked for and are not there: a run threw, hung, or read back something else than it had stored; a peer
            could not be installed or built. The table says why
  seconds   how long it took, without installing
A ratio above 1 means that Larder is better. Goals are told, and do not decide the exit code.

Exit code 1: anything failed, or nothing was measured.`

/** Undefined when help was asked for. */
export function readArguments(argv: readonly string[], names: RowNames): Arguments | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      million: { type: 'boolean', default: false },
      rows: { type: 'string' },
      peers: { type: 'string' },
      events: { type: 'string' },
      'no-results': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  if (values.million && (values.quick || values.peers !== undefined || values.events !== undefined))
    throw new Error('--million has its own number of events and no peers; give it alone, or with --rows')
  const mode: Mode = values.million ? 'million' : values.quick ? 'quick' : 'full'
  const { events, runs } = sizes[mode]
  return {
    mode,
    rows: readRows(values.rows, mode === 'million' ? names.million : names.compared),
    peers: mode === 'million' ? [] : readPeers(values.peers),
    events: values.events === undefined ? events : readEvents(values.events),
    runs,
    isKept: !values['no-results'],
  }
}

function readRows(given: string | undefined, known: readonly string[]): readonly string[] | undefined {
  if (given === undefined) return undefined
  const rows = listOf(given)
  const unknown = rows.find((row) => !known.includes(row))
  if (unknown !== undefined || rows.length === 0)
    throw new Error(`There is no row ${unknown ?? given}; there are ${known.join(', ')}`)
  return rows
}

function readPeers(given: string | undefined): readonly PeerKey[] {
  if (given === undefined) return peerKeys
  if (given === 'none') return []
  const peers = listOf(given).map((key) => {
    if (!isPeerKey(key)) throw new Error(`There is no peer ${key}; there are ${peerKeys.join(', ')}, and none`)
    return key
  })
  if (peers.length === 0) throw new Error(`--peers names none of ${peerKeys.join(', ')}; say none for Larder alone`)
  return peers
}

function readEvents(given: string): number {
  const events = Number(given)
  if (!Number.isInteger(events) || events < FEWEST_EVENTS || events > MOST_EVENTS)
    throw new Error(`--events is ${given}; give a whole number from ${FEWEST_EVENTS} to ${MOST_EVENTS}`)
  return events
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
