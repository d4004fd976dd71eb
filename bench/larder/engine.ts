import type { Larder } from '../../src/index.ts'
import { MealLogged } from '../../src/nutrition/index.ts'
import type { Engine } from '../page/engine.ts'
import type { MealData } from '../page/meals.ts'
import type { JobTable } from '../page/serve.ts'
import { assertCheckpoints, deleteCheckpoints } from './checkpoints.ts'
import { dailyTotals } from './domain.ts'
import { firstOf } from './observe.ts'
import { openBenchLarder, toLogged } from './open.ts'
import { drainPrepare, drainRun } from './run-drain.ts'
import { importWithView } from './run-import.ts'
import { compactLog, readPages } from './run-log.ts'
import { rebasePrepare, rebaseRun } from './run-rebase.ts'
import { rebuildWithView } from './run-rebuild.ts'
import { tabAppend, tabCheck, tabOpen } from './run-tabs.ts'
import { appendToView, openViews } from './run-views.ts'

const PAGE = 1000

export const engine: Engine = {
  forget: deleteCheckpoints,
  assertKept: assertCheckpoints,
  async open() {
    const larder = await openBenchLarder()
    return {
      append: async (events) => {
        await larder.append(events.map(toLogged))
      },
      readAll: (visit) => readAll(larder, {}, visit),
      replay: (day) => larder.get(dailyTotals, day),
      firstState: (day) => firstOf(larder.view(dailyTotals, day)),
      readStream: async (stream) => {
        const meals: MealData[] = []
        await readAll(larder, { stream }, (meal) => meals.push(meal))
        return meals
      },
      close: () => larder.close(),
    }
  },
}

export const jobs: JobTable = {
  compact: compactLog,
  'read-pages': readPages,
  'append-to-view': appendToView,
  'import-with-view': importWithView,
  'open-views': openViews,
  rebuild: rebuildWithView,
  'tab-open': tabOpen,
  'tab-append': tabAppend,
  'tab-check': tabCheck,
  'drain-prepare': drainPrepare,
  'drain-run': drainRun,
  'rebase-prepare': rebasePrepare,
  'rebase-run': rebaseRun,
}

async function readAll(
  larder: Larder,
  query: { readonly stream?: string },
  visit: (meal: MealData) => void,
): Promise<void> {
  let after: string | undefined
  do {
    const page = { types: [MealLogged], limit: PAGE, ...(after === undefined ? {} : { after }) }
    const { events, next } = await larder.events({ ...query, ...page })
    for (const { data } of events) visit(data)
    after = next
  } while (after !== undefined)
}
