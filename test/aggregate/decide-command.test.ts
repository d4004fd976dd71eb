import { describe, expect, it } from 'vitest'
import { decideCommand } from '../../src/aggregate/decide-command.ts'
import { type Redecided, redecide } from '../../src/aggregate/redecide.ts'
import { defineAggregate, defineDomain, refuse } from '../../src/domain.ts'
import type { KeptCommand } from '../../src/event/kept-command.ts'
import { failureOf } from '../support/failure.ts'
import { uuid } from '../support/prepared.ts'
import { Done, Opened, Read, type Tasks, taskDomain } from '../support/tasks.ts'

const now = '2026-11-23T12:00:00.000Z'
const context = { now, line: uuid(1) }
const empty: Tasks = { open: {}, done: 0, lastAt: '' }
const kept = (command: string, args?: KeptCommand['args']): KeptCommand => ({
  aggregate: 'tasks',
  id: 'a',
  command,
  ...(args === undefined ? {} : { args }),
})

describe('deciding again', () => {
  it('gives the same for the same, its new ids too, and others for another line', () => {
    const open = kept('open', { title: 'tea' })
    const first = redecide(taskDomain, empty, open, context)
    expect(first).toMatchObject({ kind: 'events', events: [{ type: 'Opened', data: { title: 'tea' } }] })
    expect(redecide(taskDomain, empty, open, context)).toEqual(first)
    expect(redecide(taskDomain, empty, open, { now, line: uuid(2) })).not.toEqual(first)
  })

  it('goes by the state that it is given', () => {
    const state = { ...empty, open: { t: 'tea' } }
    expect(redecide(taskDomain, state, kept('finish', 't'), context)).toEqual({
      kind: 'events',
      events: [Done({ task: 't' })],
    })
    expect(redecide(taskDomain, empty, kept('finish', 't'), context)).toEqual({
      kind: 'refused',
      refusal: refuse('not-open', 'There is no such task'),
    })
    expect(redecide(taskDomain, empty, kept('finishAll'), context)).toEqual({ kind: 'events', events: [] })
  })

  it.each<[string, KeptCommand, Partial<Extract<Redecided, { kind: 'failed' }>> | Redecided]>([
    ['an aggregate of another build', { ...kept('open'), aggregate: 'other' }, { kind: 'unknown' }],
    ['a command of another build', kept('close'), { kind: 'unknown' }],
    ['a name that every object has', kept('constructor'), { kind: 'unknown' }],
    ['an argument that does not fit any more', kept('open', { title: 5 }), { kind: 'failed' }],
    ['an argument that is gone', kept('open'), { kind: 'failed' }],
    ['a decide that throws', kept('open', { title: 'broken' }), { kind: 'failed' }],
  ])('answers, and never throws, for %s', (_what, command, expected) => {
    expect(redecide(taskDomain, empty, command, context)).toMatchObject(expected)
  })
})

it('tells a command which one it is of, also when it is decided again', () => {
  const named = defineAggregate('named', {
    stream: (id) => `named-${id}`,
    events: [Done],
    initial: () => 0,
    evolve: { Done: (count) => count + 1 },
    commands: { go: { args: undefined, decide: (_state, _args, { id }) => Done({ task: id }) } },
  })
  const domain = defineDomain({ version: '1', events: [Done], aggregates: [named] })
  expect(decideCommand(named, 'named-a', 0, { id: 'a', name: 'go', args: undefined, ...context })).toEqual({
    kind: 'events',
    events: [Done({ task: 'a' })],
  })
  expect(redecide(domain, 0, { aggregate: 'named', id: 'b', command: 'go' }, context)).toEqual({
    kind: 'events',
    events: [Done({ task: 'b' })],
  })
})

describe('what decide answers', () => {
  const answering = (answer: unknown) =>
    defineAggregate('odd', {
      stream: () => 'odd',
      events: [Done],
      initial: () => 0,
      evolve: { Done: (count) => count + 1 },
      commands: { go: { args: undefined, decide: () => answer as [] } },
    })
  const run = (answer: unknown) => () =>
    decideCommand(answering(answer), 'odd', 0, { id: 'a', name: 'go', args: undefined, ...context })

  it('is events of its own, or none', async () => {
    const done = Done({ task: 't' })
    expect(run(done)()).toEqual({ kind: 'events', events: [done] })
    expect(run([done, done])()).toEqual({ kind: 'events', events: [done, done] })
    expect(run([])()).toEqual({ kind: 'events', events: [] })
    expect(run(Done({ task: 't' }, { stream: 'odd' }))()).toMatchObject({ kind: 'events' })
  })

  it.each([
    ['nothing', undefined, { event: 0 }],
    ['text', 'Done', { event: 0 }],
    ['a promise', Promise.resolve([]), { event: 0 }],
    ['null among events', [Done({ task: 't' }), null], { event: 1 }],
    ['an event of another', Read({}), { event: 0, type: 'Read' }],
    [
      'an event of another, among its own',
      [Done({ task: 't' }), Opened({ task: 't', title: 'x' })],
      { event: 1, type: 'Opened' },
    ],
    ['an event for another stream', Done({ task: 't' }, { stream: 'other' }), { event: 0, type: 'Done' }],
  ])('is refused when it is %s, and says which of its events that is', async (_what, answer, which) => {
    const failure = await failureOf(run(answer))
    expect(failure).toMatchObject({ code: 'command-failed' })
    expect(failure.details).toEqual({ aggregate: 'odd', command: 'go', ...which })
    expect(failure.message).toContain(`event ${which.event}`)
  })

  it('of one aggregate says nothing of another with the same commands', () => {
    const domain = defineDomain({ version: '1', events: [Done], aggregates: [answering([])] })
    expect(redecide(domain, 0, { aggregate: 'odd', id: 'a', command: 'go' }, context)).toEqual({
      kind: 'events',
      events: [],
    })
  })
})
