import { nutrition } from '../../src/nutrition/index.ts'
import { type SimApp, viewsOf } from '../../src/testing/simulator/app-tab.ts'

/** What the tabs of this simulation run: the engine itself, without the page's side. */
export const app: SimApp = {
  domain: nutrition,
  views: viewsOf(nutrition).filter(({ projection, layer }) => projection !== 'recentFoods' || layer === 'all'),
  hasLarder: false,
}
