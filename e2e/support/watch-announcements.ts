import type { Page } from '@playwright/test'

/** What a screen reader is told from now on. */
export async function watchAnnouncements(page: Page): Promise<() => Promise<readonly string[]>> {
  const watch = await page.evaluateHandle(() => {
    const said: string[] = []
    const observer = new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) said.push(node.textContent ?? '')
    })
    for (const region of document.querySelectorAll('[aria-live], [role="alert"], [role="status"]'))
      observer.observe(region, { childList: true, subtree: true })
    return said
  })
  return () => watch.evaluate((said) => said)
}
