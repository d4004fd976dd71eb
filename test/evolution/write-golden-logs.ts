import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device } from '../support/device.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import * as v1 from './definitions/first.ts'
import * as v2 from './definitions/renamed.ts'
import * as v3 from './definitions/split.ts'
import * as v4 from './definitions/today.ts'

/**
 * Wrote the logs in `golden/`, once, each with the release that is its name, on the log of the release before:
 * `node --conditions=larder-source --import tsx test/evolution/write-golden-logs.ts`. They stand for the logs that people have, so they are never written
 * again, whatever becomes of the definitions; a log of a later release is added beside them.
 */
const device = new Device(1, new VirtualClock())

const releases: readonly (readonly [
  name: string,
  domain: typeof v1.first,
  write: (larder: Larder) => Promise<unknown>,
])[] = [
  [
    'first',
    v1.first,
    async (larder) => {
      await larder.append(v1.MealLogged({ user: 'ann', meal: 'soup', kcal: 320, comment: 'hot' }))
      await larder.append([
        v1.MealLogged({ user: 'bob', meal: 'pie', kcal: 500 }),
        v1.GoalSet({ user: 'bob', kcal: 2500 }),
        v1.ReminderShown({ user: 'bob', text: 'Drink something' }),
      ])
      await larder.append(v1.GoalSet({ user: 'ann', kcal: 2000 }), { metadata: { userId: 'ann' } })
    },
  ],
  [
    'renamed',
    v2.renamed,
    async (larder) => {
      await larder.append([
        v2.MealLogged({ userId: 'ann', mealId: 'rice', calories: 410, note: 'with Käse 🧀' }),
        v2.MealLogged({ userId: 'ann', mealId: 'fruit', calories: 90 }),
      ])
      await larder.append(v2.GoalSet({ userId: 'ann', calories: 1800 }))
      await larder.append(v2.ReminderShown({ user: 'ann', text: 'Walk' }))
    },
  ],
  [
    'split',
    v3.split,
    async (larder) => {
      await larder.append([
        v3.MealLogged({ userId: 'bob', mealId: 'toast', calories: 230 }),
        v3.NoteAdded({ mealId: 'toast', text: 'burnt' }),
        v3.NoteAdded({ mealId: 'soup', text: 'cold by now' }),
      ])
      await larder.append(v3.ReminderShown({ user: 'bob', text: 'Stop' }))
    },
  ],
  [
    'today',
    v4.today,
    async (larder) => {
      await larder.append(v4.MealLogged({ userId: 'ann', mealId: 'soup', calories: 300 }))
      await larder.append(v4.NoteAdded({ mealId: 'pie', text: 'good' }))
    },
  ],
]

for (const [name, domain, write] of releases) {
  const file = fileURLToPath(new URL(`golden/${name}.ndjson`, import.meta.url))
  if (existsSync(file)) throw new Error(`${file} is there already: a golden log is written once.`)
  const larder = await device.openTab({ domain })
  await write(larder)
  writeFileSync(file, await new Response(larder.backup.export()).text())
  await larder.close()
}
