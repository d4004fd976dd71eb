import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/** Rules whose outcome follows from the colours alone; the others need no second look in dark. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

/** What is serious or critical on what is shown now, in light and in dark: `[]` when nothing is. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme: 'light' })
  const inLight = await analyse(new AxeBuilder({ page }), 'light')
  await page.emulateMedia({ colorScheme: 'dark' })
  const inDark = await analyse(new AxeBuilder({ page }).withRules(COLOUR_RULES), 'dark')
  await page.emulateMedia({ colorScheme: 'light' })
  return [...inLight, ...inDark]
}

async function analyse(axe: AxeBuilder, scheme: string): Promise<readonly string[]> {
  // Without frames there is nothing to put together, for which axe would open another tab each time.
  const { violations } = await axe.setLegacyMode().analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${scheme}: ${id} ${html.slice(0, 160)}`))
}
