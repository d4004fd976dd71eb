/** Makes the pictures of the README from the real app: `npm run screenshots`, after `npx vite build`. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AppPage, Slot } from './support/app-page.ts'
import { Installation } from './support/installation.ts'
import { createTestServer, type TestServer } from './support/server.ts'

const images = fileURLToPath(new URL('../docs/images/', import.meta.url))
const sizes = { phone: { width: 390, height: 844 }, wide: { width: 1280, height: 800 } } as const

const day: readonly (readonly [Slot, string])[] = [
  ['Breakfast', 'oatmeal cooked'],
  ['Breakfast', 'blueberries raw'],
  ['Breakfast', 'coffee brewed'],
  ['Lunch', 'chicken breast'],
  ['Lunch', 'brown rice cooked'],
  ['Lunch', 'broccoli cooked'],
  ['Snacks', 'apple raw'],
]

async function logFood(app: AppPage, slot: Slot, query: string): Promise<void> {
  await app.goToAdd(slot)
  await app.search.fill(query)
  await app.page.getByRole('option').first().click()
  await app.sheet.getByRole('button', { name: 'Log', exact: true }).click()
  await app.sheet.waitFor({ state: 'detached' })
}

async function setGoals(app: AppPage): Promise<void> {
  await app.goTo('Goals')
  for (const [label, value] of [
    ['Calories', 2000],
    ['Protein', 150],
    ['Carbs', 210],
    ['Fat', 62],
    ['Fibre', 30],
  ] as const) {
    await app.page.getByRole('textbox', { name: label, exact: true }).fill(String(value))
  }
  await app.page.getByRole('button', { name: 'Save goals' }).click()
}

async function picture(app: AppPage, name: string): Promise<void> {
  // Notices pass by themselves; a picture shows the screen.
  const dismiss = app.page.getByRole('button', { name: 'Dismiss' })
  while (await dismiss.count()) await dismiss.first().click()
  // Nothing is hovered over.
  await app.page.mouse.move(0, 0)
  await app.page.screenshot({ path: join(images, `${name}.png`) })
}

async function take(server: TestServer, size: keyof typeof sizes, colorScheme: 'light' | 'dark'): Promise<void> {
  const installation = new Installation(server.origin, { viewport: sizes[size], colorScheme })
  try {
    await installation.start()
    const app = await installation.open(`/?device=${size}-${colorScheme}`)
    await setGoals(app)
    for (const [slot, query] of day) await logFood(app, slot, query)
    await app.logCalories('Dinner', 'Whole wedding cake', 14_000)
    await app.page
      .getByRole('link', { name: /needs attention/ })
      .first()
      .waitFor()
    await app.goTo('Today')
    await picture(app, `today-${size}-${colorScheme}`)
    await app.goTo('Sync')
    await picture(app, `attention-${size}-${colorScheme}`)
    await app.goToAdd('Lunch')
    await app.search.fill('blue cheese')
    await app.page.getByRole('option').first().waitFor()
    await picture(app, `add-${size}-${colorScheme}`)
    await app.search.fill('')
    await server.stop()
    await app.logCalories('Dinner', 'Lentil soup', 380)
    await app.isPending('Lentil soup')
    await app.meal('Lentil soup').evaluate((row) => row.scrollIntoView({ block: 'center' }))
    await picture(app, `offline-${size}-${colorScheme}`)
    await app.goTo('Goals')
    await picture(app, `goals-${size}-${colorScheme}`)
  } finally {
    await installation.remove()
  }
}

for (const size of ['phone', 'wide'] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    // A log of its own for each: one account is one day.
    const server = await createTestServer()
    try {
      await server.start()
      await take(server, size, scheme)
    } finally {
      await server.remove()
    }
  }
}
