import type { JSHandle, Page } from '@playwright/test'

/**
 * Whether a tap in the middle of `target` would reach it, asked in the moment in which the next `arrival` has come, before anything of it is on the
 * screen.
 */
export async function takesTapWhen(page: Page, arrival: string, target: string): Promise<() => Promise<boolean>> {
  const asked: JSHandle<{ answer: Promise<boolean> }> = await page.evaluateHandle(
    ({ arrival, target }) => {
      const known = new Set(document.querySelectorAll(arrival))
      const answer = new Promise<boolean>((resolve) => {
        const observer = new MutationObserver(() => {
          if ([...document.querySelectorAll(arrival)].every((element) => known.has(element))) return
          observer.disconnect()
          const element = document.querySelector(target)
          const { left, top, width, height } = element?.getBoundingClientRect() ?? new DOMRect()
          const hit = document.elementFromPoint(left + width / 2, top + height / 2)
          resolve(element?.contains(hit) === true)
        })
        observer.observe(document.body, { childList: true, subtree: true })
      })
      return { answer }
    },
    { arrival, target },
  )
  return () => asked.evaluate(({ answer }) => answer)
}
