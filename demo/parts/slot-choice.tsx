import type { MealSlot } from '@larder/sdk/nutrition'
import { slots } from '../meals/slots.ts'
import { Segmented } from './segmented.tsx'

const options = slots.map(({ slot, title }) => ({ value: slot, title }))

export function SlotChoice({ value, onChange }: { value: MealSlot; onChange: (slot: MealSlot) => void }) {
  return <Segmented legend="Meal" options={options} value={value} onChange={onChange} />
}
