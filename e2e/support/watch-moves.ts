import type { Page } from '@playwright/test'

export interface Moves {
  /** What can be tapped, or holds what can be, and was not where it had been in some frame: `[]` when all of it stayed. */
  end(): Promise<readonly string[]>
}

/** What is there to be tapped. What leads to the state of sync may get wider by what it says; nothing stands beside it. */
const TARGETS = 'li.meal, li.letter, a:not(.chip), button, label, input, select'

/** Looks in every frame from now on at where each thing within `region` is that can be tapped now. */
export async function watchMoves(page: Page, region = 'body'): Promise<Moves> {
  const watch = await page.evaluateHandle(
    ({ region, targets }) => {
      const nameOf = (element: Element) =>
        (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 60)
      const boxOf = (element: Element) => {
        const { left, top, width, height } = element.getBoundingClientRect()
        return [left, top, width, height].map((length) => Math.round(length * 10) / 10).join(' ')
      }
      const elements = Array.from(document.querySelectorAll(region), (each) => [
        ...each.querySelectorAll(targets),
      ]).flat()
      const before = elements.map((element) => {
        return { element, name: `${element.tagName.toLowerCase()} “${nameOf(element)}”`, box: boxOf(element) }
      })
      const moves = new Map<Element, string>()
      let running = true
      const look = () => {
        for (const { element, name, box } of before) {
          if (moves.has(element)) continue
          const now = element.isConnected ? boxOf(element) : 'gone'
          if (now !== box) moves.set(element, `${name}: ${box} → ${now}`)
        }
        if (running) requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
      return {
        count: before.length,
        end: () =>
          new Promise<string[]>((resolve) => {
            running = false
            requestAnimationFrame(() => {
              look()
              resolve([...moves.values()])
            })
          }),
      }
    },
    { region, targets: TARGETS },
  )
  if ((await watch.evaluate(({ count }) => count)) === 0) throw new Error(`There is nothing to be tapped in ${region}.`)
  return { end: () => watch.evaluate(({ end }) => end()) }
}
