/** What is measured. Names, units and histograms are in the shape of OpenTelemetry, so that an app can pass them on as they are. */
export const INSTRUMENTS = {
  'larder.append.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'From the call of append, in the worker, to the end of its transaction.',
  },
  'larder.append.events': { kind: 'counter', unit: '{event}', description: 'Events that were stored.' },
  'larder.append.group': {
    kind: 'counter',
    unit: '{transaction}',
    description: 'Transactions that appends shared.',
  },
  'larder.fold.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Folding what a change brought into a projection, by projection.',
  },
  'larder.exchange.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'One round trip with the server, what it brought applied, by outcome.',
  },
  'larder.exchange.commits': {
    kind: 'counter',
    unit: '{commit}',
    description: 'Commits whose fate an exchange changed, by what they became.',
  },
  'larder.handler.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'One run of a durable handler for one event, by handler and outcome.',
  },
  'larder.compaction.segments': {
    kind: 'counter',
    unit: '{segment}',
    description: 'Segments that were merged or sealed, by action.',
  },
  'larder.unreadable.events': {
    kind: 'counter',
    unit: '{event}',
    description: 'Confirmed events that a projection could not read and passed over, by projection and reason.',
  },
  'larder.damage.segments': {
    kind: 'counter',
    unit: '{segment}',
    description: 'Parts of the log that were found damaged or missing.',
  },
} as const satisfies Record<string, { kind: 'counter' | 'histogram'; unit: string; description: string }>

export type CounterName = {
  [N in keyof typeof INSTRUMENTS]: (typeof INSTRUMENTS)[N]['kind'] extends 'counter' ? N : never
}[keyof typeof INSTRUMENTS]
export type HistogramName = Exclude<keyof typeof INSTRUMENTS, CounterName>

/** Of a closed set each: names of projections, codes, outcomes. Never anything that an event says. */
export type Attributes = Readonly<Record<string, string>>

/** Where those who work say what they did. */
export interface Meter {
  count(name: CounterName, value: number, attributes?: Attributes): void
  /** @param durationMs as the monotonic clock measures it */
  time(name: HistogramName, durationMs: number, attributes?: Attributes): void
}

export const noMeter: Meter = { count: () => undefined, time: () => undefined }
