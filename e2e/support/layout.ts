import type { Page } from '@playwright/test'

/** Text that leaves its box, and a page that is wider than the window: `[]` when everything fits. Text that is cut with dots fits. */
export function findOverflow(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const isOnPurpose = (element: Element): boolean =>
      element.closest('.visually-hidden, .skip-link, option, svg') !== null || endsInDots(element)
    const endsInDots = (element: Element | null): boolean =>
      element !== null && (getComputedStyle(element).textOverflow === 'ellipsis' || endsInDots(element.parentElement))
    const boxOf = (element: Element): Element =>
      element.parentElement !== null && /^(inline|contents)$/.test(getComputedStyle(element).display)
        ? boxOf(element.parentElement)
        : element

    const found: string[] = []
    const { scrollWidth } = document.documentElement
    if (scrollWidth > window.innerWidth) found.push(`the page is ${scrollWidth} px wide`)
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const range = document.createRange()
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const parent = node.parentElement
      if (parent === null || isOnPurpose(parent)) continue
      range.selectNodeContents(node)
      const text = range.getBoundingClientRect()
      const box = boxOf(parent).getBoundingClientRect()
      const right = Math.min(box.right, window.innerWidth)
      if (text.width > 0 && (text.right > right + 1 || text.left < Math.max(box.left, 0) - 1))
        found.push(`“${(node.textContent ?? '').trim().slice(0, 60)}” ends at ${Math.round(text.right)} of ${right} px`)
    }
    return found
  })
}
