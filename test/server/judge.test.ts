import { describe, expect, it } from 'vitest'
import { type Rule, refuseCommit } from '../../server/core/rules.ts'
import type { WireCommit, WireVerdict } from '../../src/sync/wire.ts'
import { coreServer } from './support/core-server.ts'
import { commitId, device, eventId } from './support/ids.ts'
import { wireCommit, wireEvent } from './support/requests.ts'

const no: Rule = () => refuseCommit('no', 'No.')
const never: Rule = () => {
  throw new Error('canary')
}

/** A commit that breaks one line of the judging order, given a server on which commit 1 (stream note-1) is accepted and 9 is withdrawn. */
type Fault = (commit: WireCommit) => WireCommit

const faults = {
  'another body under a known id': (commit) => ({ ...commit, id: commitId(1), seq: 1 }),
  'a withdrawn id': (commit) => ({ ...commit, id: commitId(9) }),
  'a replacement of an accepted commit': (commit) => ({ ...commit, replaces: [commitId(8), commitId(1)] }),
  'an event that is stored elsewhere': (commit) => ({ ...commit, events: [...commit.events, wireEvent(1)] }),
  'a refused commit before it in one of its strict streams': (commit) => ({
    ...commit,
    expected: { ...commit.expected, 'note-bad': 0 },
  }),
  'an expectation that does not hold': (commit) => ({ ...commit, expected: { ...commit.expected, 'note-1': 7 } }),
  'an unknown type': (commit) => ({ ...commit, events: commit.events.map((event) => ({ ...event, type: 'Later' })) }),
  'data that does not fit': (commit) => ({
    ...commit,
    events: commit.events.map((event) => ({ ...event, data: { text: 5 } })),
  }),
  'a rule against it': (commit) => commit,
} as const satisfies Record<string, Fault>

const ORDER: readonly [fault: keyof typeof faults, answer: Partial<WireVerdict> | Record<string, unknown>][] = [
  ['another body under a known id', { status: 'rejected', code: 'id-reused', retryable: false }],
  ['a withdrawn id', { status: 'rejected', code: 'withdrawn', retryable: false }],
  ['a replacement of an accepted commit', { status: 'rejected', code: 'already-accepted', position: 1 }],
  ['an event that is stored elsewhere', { status: 'rejected', code: 'event-exists' }],
  ['a refused commit before it in one of its strict streams', { status: 'held', behind: commitId(2) }],
  ['an expectation that does not hold', { status: 'rejected', code: 'conflict', retryable: false }],
  ['an unknown type', { status: 'deferred', code: 'server-too-old' }],
  ['data that does not fit', { status: 'rejected', code: 'validation', retryable: false }],
  ['a rule against it', { status: 'rejected', code: 'no', message: 'No.', retryable: false }],
]

/** Pushes commit 3 with these faults, behind a commit 2 that is refused. */
async function judgeWith(...names: readonly (keyof typeof faults)[]): Promise<WireVerdict | undefined> {
  const ruled = names.includes('a rule against it')
  const server = coreServer({ rules: ruled ? [no] : [] })
  const plain = coreServer({ log: server.log })
  await plain.ok({ commits: [wireCommit(1)], withdraw: [commitId(9)] })
  const broken = wireCommit(2, { events: [wireEvent(2, { stream: 'note-bad', data: null })] })
  const commit = names.reduceRight<WireCommit>((made, name) => faults[name](made), wireCommit(3))
  const before = await server.stored()
  const [, verdict] = await server.push(broken, commit)
  expect(await server.stored()).toEqual(before)
  return verdict
}

describe('The judging order', () => {
  it.each(ORDER)('answers %s', async (fault, answer) => {
    expect(await judgeWith(fault)).toMatchObject(answer)
  })

  const pairs = ORDER.flatMap(([first, answer], index) =>
    ORDER.slice(index + 1).map(([second]) => ({ first, second, answer })),
  )
  it.each(pairs)('answers $first first, and not $second', async ({ first, second, answer }) => {
    expect(await judgeWith(first, second)).toMatchObject(answer)
  })

  it('answers the first of all lines when every one applies', async () => {
    for (let from = 0; from < ORDER.length; from++) {
      expect(await judgeWith(...ORDER.slice(from).map(([fault]) => fault))).toMatchObject(ORDER[from]?.[1] ?? {})
    }
  })

  it('accepts a commit without a fault, behind a refused one', async () => {
    const server = coreServer()
    const verdicts = await server.push(wireCommit(2, { events: [wireEvent(2, { data: null })] }), wireCommit(3))
    expect(verdicts.map((verdict) => verdict.status)).toEqual(['rejected', 'accepted'])
  })
})

describe('1. A known id', () => {
  it('is a duplicate, and nothing else is looked at', async () => {
    const server = coreServer()
    await server.push(wireCommit(1, { events: [wireEvent(1), wireEvent(2)] }), wireCommit(3))
    const strict = coreServer({ rules: [no, never] }, server.log)
    const again = { ...wireCommit(1, { events: [wireEvent(1), wireEvent(2)] }), expected: { 'note-1': 0 } }
    expect(await strict.push(again, wireCommit(3))).toEqual([
      { id: commitId(1), status: 'duplicate', position: 1 },
      { id: commitId(3), status: 'duplicate', position: 3 },
    ])
  })

  it('is a duplicate also twice in one request', async () => {
    const server = coreServer()
    expect(await server.push(wireCommit(1), wireCommit(1))).toEqual([
      { id: commitId(1), status: 'accepted', position: 1 },
      { id: commitId(1), status: 'duplicate', position: 1 },
    ])
  })

  it('is a duplicate also when the keys of its body come in another order', async () => {
    const server = coreServer()
    const events = (data: object) => [wireEvent(1, { data, metadata: {} })]
    await server.push(wireCommit(1, { events: events({ text: 'x', pinned: true }) }))
    const [verdict] = await server.push(wireCommit(1, { events: events({ pinned: true, text: 'x' }) }))
    expect(verdict).toMatchObject({ status: 'duplicate' })
  })

  it('is a duplicate after it was withdrawn too late', async () => {
    const server = coreServer()
    await server.push(wireCommit(1))
    await server.ok({ withdraw: [commitId(1)] })
    expect(await server.push(wireCommit(1))).toMatchObject([{ status: 'duplicate', position: 1 }])
  })
})

describe('2. Withdrawn ids and lines', () => {
  it('answers a discard of a commit that never came, and refuses it when it comes', async () => {
    const server = coreServer()
    expect((await server.ok({ withdraw: [commitId(1)] })).verdicts).toEqual([{ id: commitId(1), status: 'withdrawn' }])
    expect(await server.push(wireCommit(1))).toMatchObject([{ status: 'rejected', code: 'withdrawn' }])
    expect((await server.ok({ withdraw: [commitId(1)] })).verdicts).toEqual([{ id: commitId(1), status: 'withdrawn' }])
  })

  it('answers a discard that comes too late with the position', async () => {
    const server = coreServer()
    await server.push(wireCommit(1, { events: [wireEvent(1), wireEvent(2)] }), wireCommit(3))
    expect((await server.ok({ withdraw: [commitId(3), commitId(4)] })).verdicts).toEqual([
      { id: commitId(3), status: 'duplicate', position: 3 },
      { id: commitId(4), status: 'withdrawn' },
    ])
  })

  it('does not remember a discard that came too late', async () => {
    const server = coreServer()
    await server.push(wireCommit(1))
    await server.ok({ withdraw: [commitId(1), commitId(2)] })
    const remembered = await server.log.transact('ann', (tx) => tx.withdrawn([commitId(1), commitId(2)]))
    expect(remembered).toEqual(new Set([commitId(2)]))
  })

  it('withdraws the whole line in the transaction that accepts a replacement', async () => {
    const server = coreServer()
    const line = [commitId(1), commitId(2)]
    expect(await server.push(wireCommit(3, { replaces: line }))).toMatchObject([{ status: 'accepted' }])
    expect(await server.push(wireCommit(1), wireCommit(2))).toMatchObject([
      { status: 'rejected', code: 'withdrawn' },
      { status: 'rejected', code: 'withdrawn' },
    ])
    expect(await server.stored()).toEqual([commitId(3)])
  })

  it('does not withdraw a line whose replacement is refused', async () => {
    const server = coreServer()
    const replacement = wireCommit(2, { replaces: [commitId(1)], events: [wireEvent(2, { data: {} })] })
    expect(await server.push(replacement, wireCommit(1))).toMatchObject([
      { status: 'rejected', code: 'validation' },
      { status: 'accepted' },
    ])
  })

  it('refuses a replacement behind what it replaces in the same request', async () => {
    const server = coreServer()
    expect(await server.push(wireCommit(1), wireCommit(2, { replaces: [commitId(1)] }))).toMatchObject([
      { status: 'accepted', position: 1 },
      { status: 'rejected', code: 'already-accepted', position: 1, retryable: false },
    ])
  })

  it('remembers no refusal: what is mended on the server passes the next time', async () => {
    const refusing = coreServer({ rules: [no] })
    expect(await refusing.push(wireCommit(1))).toMatchObject([{ status: 'rejected', code: 'no' }])
    expect(await coreServer({}, refusing.log).push(wireCommit(1))).toMatchObject([{ status: 'accepted' }])
  })
})

describe('3. Event ids', () => {
  it('are unique per account: neither in another commit of the request nor twice in one', async () => {
    const server = coreServer()
    const same = wireCommit(2, { events: [wireEvent(2), wireEvent(1)] })
    const twice = wireCommit(3, { events: [wireEvent(3), wireEvent(3)] })
    expect(await server.push(wireCommit(1), same, twice)).toMatchObject([
      { status: 'accepted' },
      { status: 'rejected', code: 'event-exists', retryable: false },
      { status: 'rejected', code: 'id-duplicate', retryable: false },
    ])
    expect(await server.push(wireCommit(2), wireCommit(3))).toMatchObject([
      { status: 'accepted' },
      { status: 'accepted' },
    ])
  })
})

describe('4. Held and expectations', () => {
  const strict = (n: number, version: number, stream = 'note-1') =>
    wireCommit(n, { expected: { [stream]: version }, events: [wireEvent(n, { stream })] })

  it('accepts a chain whose numbers follow one another', async () => {
    const server = coreServer()
    const verdicts = await server.push(strict(1, 0), strict(2, 1), strict(3, 2))
    expect(verdicts.map((verdict) => verdict.status)).toEqual(['accepted', 'accepted', 'accepted'])
  })

  it('holds the rest of a chain behind its first refused commit, even where the number matches', async () => {
    const server = coreServer()
    const refused = wireCommit(1, { events: [wireEvent(1, { data: {} })] })
    const verdicts = await server.push(refused, strict(2, 0), strict(3, 1), strict(4, 0, 'note-2'), wireCommit(5))
    expect(verdicts).toMatchObject([
      { status: 'rejected', code: 'validation' },
      { status: 'held', behind: commitId(1) },
      { status: 'held', behind: commitId(1) },
      { status: 'accepted' },
      { status: 'accepted' },
    ])
  })

  it('holds behind a deferred commit, and behind one that only touches the stream', async () => {
    const server = coreServer()
    const later = wireCommit(1, {
      events: [wireEvent(1, { type: 'Later', stream: 'note-2' }), wireEvent(11, { stream: 'note-1' })],
    })
    expect(await server.push(later, strict(2, 0))).toMatchObject([
      { status: 'deferred' },
      { status: 'held', behind: commitId(1) },
    ])
  })

  it('does not hold behind a duplicate', async () => {
    const server = coreServer()
    await server.push(strict(1, 0))
    expect(await server.push(strict(1, 0), strict(2, 1))).toMatchObject([
      { status: 'duplicate' },
      { status: 'accepted' },
    ])
  })

  it('asks only that the stream exists, where that is what is expected', async () => {
    const server = coreServer()
    const joins = (n: number) => wireCommit(n, { expected: { 'note-1': 'streamExists' } })
    expect(await server.push(joins(1))).toMatchObject([{ status: 'rejected', code: 'conflict' }])
    await server.push(wireCommit(2), wireCommit(3))
    expect(await server.push(joins(1))).toMatchObject([{ status: 'accepted' }])
  })

  it('finds a conflict in any of several streams', async () => {
    const server = coreServer()
    await server.push(wireCommit(1))
    const both = wireCommit(2, { expected: { 'note-2': 0, 'note-1': 0 } })
    expect(await server.push(both)).toMatchObject([{ status: 'rejected', code: 'conflict' }])
  })
})

describe('5. Reading', () => {
  const withEvent = (change: Parameters<typeof wireEvent>[1]) =>
    coreServer().push(wireCommit(1, { events: [wireEvent(1, change)] }))
  const nested = (levels: number): unknown => JSON.parse(`${'{"more":'.repeat(levels)}1${'}'.repeat(levels)}`)

  it('defers a version that is newer than its own', async () => {
    expect(await withEvent({ version: 3 })).toEqual([{ id: commitId(1), status: 'deferred', code: 'server-too-old' }])
  })

  it('reads an older version through its upcaster, stores what was sent, and shows rules the current one', async () => {
    const seen: unknown[] = []
    const server = coreServer({ rules: [(commit) => void seen.push(...commit.events)] })
    const old = wireEvent(1, { version: 1, data: { body: 'hello' } })
    expect(await server.push(wireCommit(1, { events: [old] }))).toMatchObject([{ status: 'accepted' }])
    expect(seen).toMatchObject([{ version: 2, data: { text: 'hello' } }])
    expect((await server.ok({ echo: false })).commits).toMatchObject([{ events: [old] }])
  })

  it.each([
    ['data that its old schema refuses', { version: 1, data: { body: 5 } }, 'validation'],
    ['data that becomes something the current schema refuses', { version: 1, data: { body: '' } }, 'validation'],
    ['U+0000', { data: { text: 'a\u0000' } }, 'text-invalid'],
    ['an unpaired surrogate in a key', { data: { text: 'x', more: { '\ud800': 1 } } }, 'text-invalid'],
    ['an unpaired surrogate in metadata', { metadata: { x: '\udfff' } }, 'text-invalid'],
    ['__proto__ in data', { data: JSON.parse('{"text":"x","__proto__":{"polluted":1}}') }, 'key-forbidden'],
    ['__proto__ in metadata', { metadata: JSON.parse('{"__proto__":{"polluted":1}}') }, 'key-forbidden'],
    ['constructor below', { data: { text: 'x', more: [{ constructor: 1 }] } }, 'key-forbidden'],
    ['a number that is not exact', { data: { text: 'x', more: 2 ** 53 } }, 'payload-number'],
    ['a number beyond all', { data: { text: 'x', more: 1e308 * 1 } }, 'payload-number'],
    ['65 levels', { data: nested(65) }, 'payload-depth'],
    ['more than 10,000 items', { data: { text: 'x', more: Array(10_001).fill(0) } }, 'payload-keys'],
    ['an event above its limit', { data: { text: 'x', more: 'é'.repeat(140_000) } }, 'event-too-large'],
    ['metadata of another kind', { metadata: { userId: 5 } }, 'validation'],
  ])('C80: refuses %s by code', async (_, change, code) => {
    expect(await withEvent(change)).toMatchObject([{ status: 'rejected', code, retryable: false }])
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('refuses what a newer peer hid beside the known fields, by the same code', async () => {
    const extra = (value: unknown) =>
      coreServer().push(wireCommit(1, { events: [{ ...wireEvent(1), ...Object(value) }] }))
    expect(await extra({ hint: '\u0000' })).toMatchObject([{ status: 'rejected', code: 'text-invalid' }])
    const server = coreServer()
    const hinted = { ...wireEvent(1), hint: { from: 'a newer app' } }
    await server.push(wireCommit(1, { events: [hinted] }))
    expect((await server.ok({ echo: false })).commits).toMatchObject([{ events: [hinted] }])
  })

  it('refuses a commit above its limit, with each event below its own', async () => {
    const events = [1, 2, 3, 4, 5].map((n) => wireEvent(n, { data: { text: 'x', more: 'y'.repeat(250_000) } }))
    expect(await coreServer().push(wireCommit(1, { events }))).toMatchObject([
      { status: 'rejected', code: 'commit-too-large' },
    ])
    expect(await coreServer().push(wireCommit(1, { events: events.slice(1) }))).toMatchObject([{ status: 'accepted' }])
  })

  it('takes 64 levels', async () => {
    expect(await withEvent({ data: { text: 'x', more: nested(63) } })).toMatchObject([{ status: 'accepted' }])
    expect(await withEvent({ data: { text: 'x', more: nested(64) } })).toMatchObject([{ code: 'payload-depth' }])
  })

  it('asks to send it again where the check itself fails, without saying why', async () => {
    const [verdict] = await withEvent({ type: 'Cursed', version: 1, data: {} })
    expect(verdict).toMatchObject({ status: 'rejected', code: 'validation', retryable: true })
    expect(JSON.stringify(verdict)).not.toContain('secret')
  })

  it('looks at neither types nor shapes as a blind relay, but at what no store can hold', async () => {
    const relay = coreServer({ catalog: 'blind-relay' })
    const verdicts = await relay.push(
      wireCommit(1, { events: [wireEvent(1, { type: 'Later', version: 9, data: [1] })] }),
      wireCommit(2, { events: [wireEvent(2, { type: 'Later', data: '\u0000' })] }),
    )
    expect(verdicts).toMatchObject([{ status: 'accepted' }, { status: 'rejected', code: 'text-invalid' }])
  })
})

describe('6. Rules', () => {
  it('answers the first refusal, and asks no further', async () => {
    const asked: string[] = []
    const ask = (name: string, refuses: boolean): Rule => {
      return async () => {
        asked.push(name)
        return refuses ? refuseCommit(name, `${name} says no`, { retryable: name === 'second' }) : undefined
      }
    }
    const server = coreServer({ rules: [ask('first', false), ask('second', true), ask('third', true)] })
    expect(await server.push(wireCommit(1))).toEqual([
      { id: commitId(1), status: 'rejected', code: 'second', message: 'second says no', retryable: true },
    ])
    expect(asked).toEqual(['first', 'second'])
  })

  it('makes a rule that throws retryable, and logs the name of the rule only', async () => {
    const logged: unknown[] = []
    const write = (...args: readonly unknown[]) => void logged.push(args)
    const logger = { error: write, info: write, debug: write }
    const server = coreServer({ rules: [never], logger })
    const verdicts = await server.push(wireCommit(1))
    expect(verdicts).toMatchObject([{ status: 'rejected', code: 'rule-failed', retryable: true }])
    expect(logged).toEqual([['A rule threw', { rule: 'never', commit: commitId(1), error: 'Error' }]])
    expect(JSON.stringify(verdicts)).not.toContain('canary')
  })

  it('takes a code that does not fit the wire for a rule that failed', async () => {
    const server = coreServer({ rules: [() => refuseCommit('x'.repeat(300), '')] })
    expect(await server.push(wireCommit(1))).toMatchObject([{ code: 'rule-failed', retryable: true }])
  })

  it('tells a rule who asks and when, and lets it read the streams of this account', async () => {
    const onlyTwo: Rule = async (commit, { account, now, read }) => {
      const written = await read('note-1')
      const afterFirst = await read('note-1', { afterVersion: 1, limit: 1 })
      const texts = [written, afterFirst].map((events) => events.map((event) => event.id))
      return written.length < 2
        ? undefined
        : refuseCommit('two-notes', JSON.stringify({ account, now, texts, of: commit.device, seq: commit.seq }))
    }
    const server = coreServer({ rules: [onlyTwo] })
    await coreServer({ account: 'bob' }, server.log).push(wireCommit(1), wireCommit(2))
    const verdicts = await server.push(wireCommit(1), wireCommit(2), wireCommit(3, { device: device(2) }))
    expect(verdicts.map((verdict) => verdict.status)).toEqual(['accepted', 'accepted', 'rejected'])
    expect(JSON.parse(verdicts[2]?.status === 'rejected' ? verdicts[2].message : '')).toEqual({
      account: 'ann',
      now: Date.parse('2026-11-23T12:00:05.000Z'),
      texts: [[eventId(1), eventId(2)], [eventId(2)]],
      of: device(2),
      seq: 3,
    })
  })
})
