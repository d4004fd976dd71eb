import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** Rules whose outcome follows from the colours alone; the others need no second look in dark. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

/** What is serious or critical on what is shown now, in light and in dark: `[]` when nothing is. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  await setScheme(page, 'light')
  const inLight = await analyse(await builder(page), 'light')
  await setScheme(page, 'dark')
  const inDark = await analyse((await builder(page)).withRules(COLOUR_RULES), 'dark')
  await page.emulateMedia({ colorScheme: 'light' })
  return [...inLight, ...inDark]
}

/** What passes is not described: that takes longer than to look. Without frames there is nothing to put together, for which axe would open another tab. */
async function builder(page: Page): Promise<AxeBuilder> {
  expect(page.frames()).toHaveLength(1)
  // To read axe takes long as well: a page that has it already names what it has.
  const isThere = await page.evaluate(() => 'axe' in globalThis)
  return new AxeBuilder(isThere ? { page, axeSource: 'void axe' } : { page })
    .options({ resultTypes: ['violations'] })
    .setLegacyMode()
}

/** Colours go over into each other: half-way, none has the contrast that it comes to. */
async function setScheme(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.evaluate(async () => {
    // A transition begins with the next frame.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition)
    await Promise.allSettled(transitions.map(({ finished }) => finished))
  })
}

async function analyse(axe: AxeBuilder, scheme: string): Promise<readonly string[]> {
  const { violations } = await axe.analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${scheme}: ${id} ${html.slice(0, 160)}`))
}
