import { readFileSync } from 'node:fs'
import type { FoodRow } from '../../../demo/foods/food.ts'

/** The real table of foods, as the app gets it. */
export const rows: readonly FoodRow[] = JSON.parse(
  readFileSync(new URL('../../../demo/public/foods/usda-sr24-foods.json', import.meta.url), 'utf8'),
)
