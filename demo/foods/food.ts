import { type Measure, usualFirst } from './measures.ts'

/** A food of the table. Amounts are per 100 g: `calories` in kcal, the others in grams. */
export interface Food {
  readonly id: string
  /** As the table writes it, general word first: `Cheese, blue`. See `displayName`. */
  readonly name: string
  readonly calories: number
  readonly protein: number
  readonly carbs: number
  readonly fat: number
  readonly fibre: number
  /** The usual one first. */
  readonly measures: readonly Measure[]
}

/** A row of the file: id, name, kcal, protein, carbohydrate, fat, fibre, measures. */
export type FoodRow = readonly [
  id: string,
  name: string,
  calories: number,
  protein: number,
  carbs: number,
  fat: number,
  fibre: number,
  measures: readonly (readonly [label: string, grams: number])[],
]

export function rowToFood(row: FoodRow): Food {
  const [id, name, calories, protein, carbs, fat, fibre, measures] = row
  return {
    id,
    name: name.trim(),
    calories,
    protein,
    carbs,
    fat,
    fibre,
    measures: usualFirst(
      measures.map(([label, grams]) => ({ label: tidyLabel(label), grams })),
      calories,
    ),
  }
}

/** `serving ( 3 oz )` → `serving (3 oz)` */
function tidyLabel(label: string): string {
  return label.replace(/\s+/g, ' ').replace(/\( /g, '(').replace(/ \)/g, ')').trim()
}
