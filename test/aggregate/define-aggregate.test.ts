import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineAggregate, defineDomain, defineEvent, refuse } from '../../src/domain.ts'
import { failureOf } from '../support/failure.ts'
import { Done, Opened, Read, tasks } from '../support/tasks.ts'

const options = {
  stream: (id: string) => id,
  events: [Done],
  initial: () => 0,
  evolve: { Done: (count: number) => count + 1 },
  commands: {},
} as const

const untyped = (commands: readonly (readonly [string, unknown])[]) =>
  Object.fromEntries(commands) as Record<never, never>

describe('an aggregate', () => {
  it('is frozen, and knows its stream, its events and its commands', () => {
    expect(Object.isFrozen(tasks)).toBe(true)
    expect(tasks.streamOf('a')).toBe('tasks-a')
    expect([...tasks.types]).toEqual(['Opened', 'Done'])
    expect([...tasks.commands.keys()]).toEqual(['open', 'finish', 'finishAll'])
    expect(tasks.snapshot).toEqual({ every: 4, version: 1 })
    expect(defineAggregate('plain', options).snapshot).toBeUndefined()
  })

  it('is left as it was by an event that it does not know', () => {
    const event = { id: '1', type: 'Other', version: 1, stream: 'a', time: '2026-01-01T00:00:00.000Z' } as const
    expect(defineAggregate('plain', options).evolveState(3, { ...event, data: {}, metadata: {} })).toBe(3)
  })

  it.each([
    ['name', () => defineAggregate('', options)],
    ['events', () => defineAggregate('a', { ...options, events: [], evolve: {} })],
    ['evolve', () => defineAggregate('a', { ...options, evolve: {} as typeof options.evolve })],
    ['evolve', () => defineAggregate('a', { ...options, evolve: Object.create(options.evolve) })],
    ['stream', () => defineAggregate('a', { ...options, stream: 'x' as unknown as () => string })],
    ['snapshot', () => defineAggregate('a', { ...options, snapshot: { every: 0, version: 1 } })],
    ['snapshot', () => defineAggregate('a', { ...options, snapshot: { every: 1.5, version: 1 } })],
    ['snapshot', () => defineAggregate('a', { ...options, snapshot: { every: 10 } as { every: 10; version: 1 } })],
    ['commands', () => defineAggregate('a', { ...options, commands: { 'no name': command } })],
    ['commands', () => defineAggregate('a', { ...options, commands: untyped([['then', command]]) })],
    ['commands', () => defineAggregate('a', { ...options, commands: untyped([['go', { args: undefined }]]) })],
  ])('is refused where its %s is wrong', async (argument, define) => {
    expect(await failureOf(define)).toMatchObject({ code: 'argument', details: { argument } })
  })
  const command = { args: undefined, decide: () => [] }
})

describe('a domain', () => {
  it('holds its aggregates by name', () => {
    const domain = defineDomain({ version: '1', events: [Opened, Done], aggregates: [tasks], development: false })
    expect([...domain.aggregates]).toEqual([['tasks', tasks]])
    expect(defineDomain({ version: '1', events: [] }).aggregates.size).toBe(0)
  })

  it('refuses two of one name, and events that it does not list or lists otherwise', async () => {
    const other = defineEvent('Done', { schema: z.object({ task: z.number() }) })
    for (const [argument, given] of [
      ['aggregates', { events: [Opened, Done], aggregates: [tasks, tasks] }],
      ['events', { events: [Opened], aggregates: [tasks] }],
      ['events', { events: [Opened, other, Read], aggregates: [tasks] }],
    ] as const)
      expect(await failureOf(() => defineDomain({ version: '1', ...given }))).toMatchObject({ details: { argument } })
  })
})

describe('a refusal', () => {
  it('has a code and a sentence', async () => {
    expect(refuse('too-many', 'Finish something first')).toEqual({
      kind: 'refusal',
      code: 'too-many',
      message: 'Finish something first',
    })
    for (const code of ['', 'Too many', 'a-', 'ä', '9a'])
      expect(await failureOf(() => refuse(code, 'No'))).toMatchObject({ details: { argument: 'code' } })
    expect(await failureOf(() => refuse('no', ''))).toMatchObject({ details: { argument: 'sentence' } })
  })
})
