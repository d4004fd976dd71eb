import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BaseStates } from '../../src/projection/base-states.ts'
import {
  inRows,
  isWhole,
  packRow,
  packRows,
  StateRows,
  type States,
  unpackRow,
} from '../../src/projection/state-rows.ts'

const anyState = fc.oneof(
  fc.jsonValue(),
  fc.anything({ withMap: true, withSet: true, withDate: true, withBigInt: true, withSparseArray: true }),
)
const anyStates = fc.uniqueArray(fc.tuple(fc.string(), anyState), { selector: ([key]) => key })

/** As a checkpoint has them: some packed once, and others since. */
function rowsOf(states: States, changed: States = []): StateRows {
  return new StateRows(
    packRows(states),
    Array.from(inRows(changed), ([number, row]) => [number, packRow(row)] as const),
  )
}

function restored(states: States, changed: States = []): BaseStates {
  const base = new BaseStates()
  base.restore(rowsOf(states, changed))
  return base
}

describe('rows of states', () => {
  it('give what a structured clone gives, whatever a state is', () => {
    fc.assert(
      fc.property(anyStates, (states) => {
        const kept = structuredClone(states)
        expect(structuredClone(unpackRow(packRow(kept)))).toStrictEqual(kept)
      }),
    )
  })

  it('are as a whole what they were one by one', () => {
    fc.assert(
      fc.property(anyStates, anyStates, (states, changed) => {
        const kept = structuredClone({ states, changed })
        const all = new Map([...rowsOf(kept.states, kept.changed)])
        expect(structuredClone(all)).toStrictEqual(new Map([...kept.states, ...kept.changed]))
      }),
    )
  })

  it('may hold any letter there is', () => {
    const states: States = [
      ['été', { name: 'crème brûlée' }],
      ['日', '🥗 salad'],
      ['\ud800 torn', '\udc00'],
      ['\ufeff', '\ufeff'],
    ]
    expect(new Map([...rowsOf(states)])).toEqual(new Map(states))
    const { bytes = new Uint8Array(), ...packed } = packRows(states)
    expect(isWhole({ ...packed, bytes })).toBe(true)
    // As a database may give them: within something larger.
    const within = new Uint8Array(bytes.length + 3)
    within.set(bytes, 3)
    expect(isWhole({ ...packed, bytes: within.subarray(3) })).toBe(true)
    for (let at = 0; at < bytes.length; at++) {
      const torn = bytes.slice()
      torn[at] = (torn[at] ?? 0) ^ 1
      expect(isWhole({ ...packed, bytes: torn })).toBe(false)
    }
  })

  it('are not whole as they were kept before there were bytes', () => {
    const { ends, loose, checksum } = packRows([])
    expect(isWhole({ ends, loose, checksum })).toBe(false)
  })

  it('are JSON where that says it all, and as they are where it does not', () => {
    const packed = (state: unknown) => typeof packRow([['a', state]])
    for (const state of [0, '', null, true, [], {}, { a: [{ b: 1.5 }] }]) expect(packed(state)).toBe('string')
    const cyclic: { itself?: unknown } = {}
    cyclic.itself = cyclic
    const shared = [1]
    let doubled: unknown = 1
    for (let level = 0; level < 40; level++) doubled = [doubled, doubled]
    const others = [
      undefined,
      -0,
      Number.NaN,
      1n,
      new Date(0),
      new Map(),
      [undefined],
      new Array(1),
      { a: undefined },
      cyclic,
      [shared, shared],
      doubled,
      Object.assign(new Array(1), { also: 1 }),
    ]
    for (const state of others) expect(packed(state)).toBe('object')
  })
})

describe('the states of a base', () => {
  it('are those of the checkpoint and what was set since, in whatever order they are asked for', () => {
    type Step = { readonly set?: unknown; readonly key: string; readonly all?: boolean }
    const key = fc.integer({ min: 0, max: 40 }).map((n) => `2026-${n}`)
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ key }),
      fc.record({ key, set: fc.jsonValue() }),
      fc.record({ key, all: fc.constant(true) }),
    )
    const kept = fc.uniqueArray(fc.tuple(key, fc.jsonValue()), { selector: ([each]) => each })
    fc.assert(
      fc.property(kept, kept, fc.array(step), (states, changed, steps) => {
        const base = restored(states, changed)
        const model = new Map<string, unknown>([...states, ...changed])
        for (const { key: asked, set, all } of steps) {
          if (set !== undefined) {
            base.set(asked, set)
            model.set(asked, set)
          }
          if (all === true) expect(new Set(base.keys())).toEqual(new Set(model.keys()))
          expect(base.has(asked)).toBe(model.has(asked))
          expect(base.get(asked)).toEqual(model.get(asked))
        }
        expect(new Map(base.all())).toEqual(model)
      }),
    )
  })

  it('are parsed a row at a time', () => {
    const states = Array.from({ length: 5000 }, (_, day) => [`2026-${day}`, day] as const)
    const { parse } = JSON
    let parsed = 0
    JSON.parse = (text) => {
      parsed++
      return parse(text)
    }
    try {
      const base = restored(states)
      expect([base.get('2026-17'), base.get('2026-17'), base.has('2026-17'), parsed]).toEqual([17, 17, true, 1])
    } finally {
      JSON.parse = parse
    }
  })

  it('are read of a checkpoint again when two ask for them', () => {
    const rows = rowsOf([['a', 1]])
    const [one, two] = [new BaseStates(), new BaseStates()]
    one.restore(rows)
    two.restore(rows)
    one.set('a', 2)
    expect([one.get('a'), two.get('a'), [...rows]]).toEqual([2, 1, [['a', 1]]])
  })
})
