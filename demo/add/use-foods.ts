import { useEffect } from 'preact/hooks'
import type { FoodSearch } from '../foods/food-search.ts'
import { loadFoodSearch } from '../foods/load-food-search.ts'
import { createStore, useStore } from '../state/create-store.ts'

export interface Foods {
  /** Undefined until they are there. */
  readonly foods: FoodSearch | undefined
  readonly failed: boolean
}

const store = createStore<Foods>({ foods: undefined, failed: false })

/** Loads the foods, once for all who ask; another call after a failure tries again. Never rejects: the screen says what failed. */
export async function loadFoods(): Promise<void> {
  if (store.get().foods !== undefined) return
  try {
    const foods = await loadFoodSearch(import.meta.env.BASE_URL)
    store.set({ foods, failed: false })
  } catch {
    store.set({ foods: undefined, failed: true })
  }
}

export function useFoods(): Foods {
  useEffect(() => void loadFoods(), [])
  return useStore(store)
}
