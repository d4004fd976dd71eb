import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createCheckpoints } from '../../src/projection/create-checkpoints.ts'
import type { Domain } from '../../src/projection/define-domain.ts'
import { Projector } from '../../src/projection/projector.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { MemoryCheckpoints } from '../../src/storage/memory/memory-checkpoints.ts'
import { Device, watch } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { openStore } from '../support/open-store.ts'
import { SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { first } from './definitions/first.ts'
import { renamed } from './definitions/renamed.ts'
import { split } from './definitions/split.ts'
import {
  intake,
  MealKeeper,
  MealLogged,
  NoteAdded,
  NoteKeeper,
  notes,
  portion,
  remarks,
  today,
} from './definitions/today.ts'

/** What each golden log says, as it was meant when it was written; by hand, not by running anything. */
const meant = {
  first: {
    ann: { meals: { soup: 320 }, goal: 2000 },
    bob: { meals: { pie: 500 }, goal: 2500 },
    notes: { soup: ['hot'], rice: [], toast: [], pie: [] },
  },
  renamed: {
    ann: { meals: { soup: 320, rice: 410, fruit: 90 }, goal: 1800 },
    bob: { meals: { pie: 500 }, goal: 2500 },
    notes: { soup: ['hot'], rice: ['with Käse 🧀'], toast: [], pie: [] },
  },
  split: {
    ann: { meals: { soup: 320, rice: 410, fruit: 90 }, goal: 1800 },
    bob: { meals: { pie: 500, toast: 230 }, goal: 2500 },
    notes: { soup: ['hot', 'cold by now'], rice: ['with Käse 🧀'], toast: ['burnt'], pie: [] },
  },
  today: {
    ann: { meals: { soup: 300, rice: 410, fruit: 90 }, goal: 1800 },
    bob: { meals: { pie: 500, toast: 230 }, goal: 2500 },
    notes: { soup: ['hot', 'cold by now'], rice: ['with Käse 🧀'], toast: ['burnt'], pie: ['good'] },
  },
} as const
type Release = keyof typeof meant
const releases = Object.keys(meant) as readonly Release[]

const bytesOf = (name: Release) => readFileSync(new URL(`golden/${name}.ndjson`, import.meta.url))
const textOf = (name: Release) => bytesOf(name).toString('utf8')
const streamOf = (name: Release) => new Blob([bytesOf(name)]).stream()
const Line = z.object({
  events: z.array(z.object({ id: z.string(), type: z.string(), version: z.number(), data: z.unknown() }).loose()),
})
/** The events of a backup, as they lie there. */
const eventsIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => Line.safeParse(JSON.parse(line)).data?.events ?? [])
const storedIn = (name: Release) => eventsIn(textOf(name))

async function statesOf(larder: Larder) {
  const all = Object.keys(meant.today.notes).map(async (meal) => [meal, await larder.get(notes, meal)] as const)
  return {
    ann: await larder.get(intake, 'ann'),
    bob: await larder.get(intake, 'bob'),
    notes: Object.fromEntries(await Promise.all(all)),
  }
}

describe('a domain that was evolved three times', () => {
  it.each(releases)('replays the log of its release "%s" to the state that it meant', async (name) => {
    const larder = await new Device(1, new VirtualClock()).openTab({ domain: today })
    const health = watch(larder.health$)
    await larder.backup.import(streamOf(name))
    expect(await statesOf(larder)).toEqual(meant[name])
    expect(health.last()?.unreadable).toEqual([])
    expect(health.last()?.faulted).toEqual([])
    await larder.close()
  })

  it.each(releases)('has aggregates that mean the same, of the log of "%s", also from snapshots', async (name) => {
    const larder = await new Device(1, new VirtualClock()).openTab({ domain: today })
    await larder.backup.import(streamOf(name))
    const { ann, bob, notes: said } = meant[name]
    const portions: Readonly<Record<string, number>> = { ...ann.meals, ...bob.meals }
    for (const _from of ['the log', 'snapshots']) {
      for (const [meal, texts] of Object.entries(said)) {
        expect([meal, (await larder.load(portion, meal)).state]).toEqual([meal, portions[meal] ?? 0])
        expect([meal, (await larder.load(remarks, meal)).state]).toEqual([meal, texts])
      }
    }
    await larder.close()
  })

  it.each(releases)('gives a handler what it asked for, of the log of "%s"', async (name) => {
    const clock = new VirtualClock()
    const larder = await new Device(1, clock).openTab({ domain: today })
    await larder.backup.import(streamOf(name))
    const [meals, said] = [new MealKeeper(), new NoteKeeper()]
    larder.handle(meals, { name: 'meals', from: 'start', scope: 'every-device' })
    larder.handle(said, { name: 'notes', from: 'start', scope: 'every-device' })
    await clock.advance(1000)
    const all = Object.entries(meant[name].notes).flatMap(([meal, texts]) =>
      [...texts].map((text: string) => `${meal}: ${text}`),
    )
    expect(said.kept.toSorted()).toEqual(all.toSorted())
    // Each meal as often as it was logged.
    const written = storedIn(name).filter(({ type }) => type === 'MealLogged')
    expect(meals.kept).toHaveLength(written.length)
    const { ann, bob } = meant[name]
    for (const [meal, calories] of Object.entries({ ...ann.meals, ...bob.meals }))
      expect(meals.kept.findLast((each) => each.startsWith(`${meal}:`))).toBe(`${meal}: ${calories}`)
    expect(await larder.deadLetters.list()).toEqual([])
    await larder.close()
  })

  it('has logs of every release, with the versions that it wrote', () => {
    const versions = (name: Release) =>
      [...new Set(storedIn(name).map(({ type, version }) => `${type} ${version}`))].sort()
    expect(versions('first')).toEqual(['GoalSet 1', 'MealLogged 1', 'ReminderShown 1'])
    expect(versions('today')).toEqual([
      'GoalSet 1',
      'GoalSet 2',
      'MealLogged 1',
      'MealLogged 2',
      'MealLogged 3',
      'NoteAdded 1',
      'ReminderShown 1',
    ])
  })

  it('leaves what is stored as it was written, and gives each event that came of it an id of its own', async () => {
    const larder = await new Device(1, new VirtualClock()).openTab({ domain: today })
    await larder.backup.import(streamOf('today'))
    const { events } = await larder.events({ limit: 1000 })
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    expect(events.map(({ type }) => type)).not.toContain('ReminderShown')
    expect(events.filter(({ type }) => type === NoteAdded.type).map(({ data }) => data)).toEqual([
      { mealId: 'soup', text: 'hot' },
      { mealId: 'rice', text: 'with Käse 🧀' },
      { mealId: 'toast', text: 'burnt' },
      { mealId: 'soup', text: 'cold by now' },
      { mealId: 'pie', text: 'good' },
    ])
    expect(eventsIn(await new Response(larder.backup.export()).text())).toEqual(storedIn('today'))
    expect(await failureOf(() => larder.append({ type: 'ReminderShown', version: 1, data: {} }))).toMatchObject({
      code: 'unknown-type',
    })
    await larder.close()
  })

  it('is not misled by checkpoints that its earlier releases left at any time', async () => {
    const domains: Readonly<Record<Release, Domain>> = { first, renamed, split, today }
    const clock = new VirtualClock()
    const nothing = (): void => undefined
    const logger = { error: nothing, info: nothing, debug: nothing }
    for (const logOf of releases) {
      for (const left of releases) {
        const device = new Device(1, clock)
        const larder = await device.openTab({ domain: today })
        await larder.backup.import(streamOf(logOf))
        await larder.close()
        const storage = new MemoryCheckpoints()
        const store = await openStore({ disk: device.disk })
        for (const domain of [domains[left], today]) {
          const checkpoints = createCheckpoints(storage, store, domain, { clock, logger })
          const projector = new Projector(domain, store, { checkpoints })
          // What it folds is saved when it is closed.
          for (const name of domain.projections.keys()) await projector.ready(name)
          if (domain === today) {
            const { ann, bob } = meant[logOf]
            expect([logOf, left, await projector.state('intake', 'ann', 'all')]).toEqual([logOf, left, ann])
            expect([logOf, left, await projector.state('intake', 'bob', 'all')]).toEqual([logOf, left, bob])
            expect(await projector.state('notes', 'soup', 'all')).toEqual(meant[logOf].notes.soup)
          }
          await projector.close()
        }
        await store.close()
      }
    }
  })

  it.each(releases)('is synced from the log of "%s" through a server of today to another device', async (name) => {
    const clock = new VirtualClock()
    const server = new SyncServer()
    server.domain = today
    const judged: string[] = []
    server.rules = [
      ({ events }) => {
        judged.push(...events.map(({ type, version }) => `${type} ${version}`))
        return undefined
      },
    ]
    const [phone, tablet] = [new Device(1, clock), new Device(2, clock)]
    const one = await phone.openTab({ domain: today, server })
    await one.backup.import(streamOf(name))
    // Pending, confirmed, and on another device: it is the same.
    expect(await statesOf(one)).toEqual(meant[name])
    await clock.advance(60_000)
    expect(await statesOf(one)).toEqual(meant[name])
    const other = await tablet.openTab({ domain: today, server })
    await clock.advance(60_000)
    expect(await statesOf(other)).toEqual(meant[name])
    expect(
      (await other.events({ types: [MealLogged, NoteAdded], limit: 1000 })).events.map(({ version }) => version),
    ).not.toContain(2)
    expect((await server.accepted()).flatMap(({ data }) => data)).toEqual(storedIn(name).map(({ data }) => data))
    expect([...new Set(judged)].filter((each) => !['MealLogged 3', 'NoteAdded 1', 'GoalSet 2'].includes(each))).toEqual(
      [],
    )
    for (const larder of [one, other]) await larder.close()
  })
})
