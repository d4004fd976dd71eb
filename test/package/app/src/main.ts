import { openLarder } from '@larder/sdk'
import { dailyIntake, MealLogged, meals } from './meals.ts'

function write(id: string, text: string): void {
  const element = document.getElementById(id)
  if (element !== null) element.textContent = text
}

try {
  const larder = await openLarder({
    name: 'scratch',
    domain: meals,
    worker: () => new Worker(new URL('./meals.worker.ts', import.meta.url), { type: 'module' }),
  })
  const day = '2026-11-23'
  larder.view(dailyIntake, day).subscribe(({ meals, calories }) => write('state', `${meals} meals, ${calories} kcal`))
  document.getElementById('log')?.addEventListener('click', () => {
    const meal = MealLogged({ mealId: crypto.randomUUID(), day, calories: 100 })
    larder.append(meal).catch((error: unknown) => write('problem', String(error)))
  })
} catch (error) {
  write('problem', String(error))
}
