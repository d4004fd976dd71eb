import type { FoodRow } from './food.ts'
import { createFoodSearchInPieces, type FoodSearch } from './food-search.ts'
import { nextTask } from './next-task.ts'

/** Below the app's base. */
const FOODS_FILE = 'foods/usda-sr24-foods.json'

let loading: Promise<FoodSearch> | undefined

/**
 * Loads the foods and builds the search, once for the page; later calls get the same one. Offline they come from the service worker's cache.
 * Call it when the page is idle, so that it is there when somebody begins to type.
 *
 * @param base the address that the app is served from; ends in a slash
 * @throws Error when the file cannot be had; the next call tries again
 */
export function loadFoodSearch(base: string): Promise<FoodSearch> {
  loading ??= load(base + FOODS_FILE).catch((error: unknown) => {
    loading = undefined
    throw error
  })
  return loading
}

async function load(url: string): Promise<FoodSearch> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`The foods could not be loaded: the server answered ${response.status}`)
  // The file is the app's own, made and tested together with the search.
  const rows: readonly FoodRow[] = await response.json()
  return await createFoodSearchInPieces(rows, nextTask)
}
