import { type Larder, type LarderOptions, openLarder } from '../../src/index.ts'
import { MealLogged } from '../../src/nutrition/index.ts'
import type { MealEvent } from '../page/meals.ts'
import { benchDomain } from './domain.ts'

export function openBenchLarder(options: Pick<LarderOptions, 'sync'> = {}): Promise<Larder> {
  return openLarder({
    name: 'bench',
    domain: benchDomain,
    worker: () => new Worker(new URL('./larder.worker.ts', import.meta.url), { type: 'module' }),
    ...options,
  })
}

export function toLogged({ stream, data }: MealEvent) {
  return MealLogged(data, { stream })
}
