import { createRoot } from 'preact/compat/client'
import { act } from 'preact/test-utils'
import type { ReactElement } from 'react'

/** A piece of a real page, with a component on it. */
export interface MountedPage {
  readonly text: () => string
  readonly render: (element: ReactElement) => Promise<void>
  readonly unmount: () => Promise<void>
}

/** Shows a component in the document of the browser that runs the test, with every effect and re-render done. */
export async function mount(element: ReactElement): Promise<MountedPage> {
  const place = document.createElement('div')
  document.body.append(place)
  const root = createRoot(place)
  const render = (next: ReactElement) => act(() => root.render(next))
  await render(element)
  return {
    text: () => place.textContent ?? '',
    render,
    unmount: async () => {
      await act(() => root.unmount())
      place.remove()
    },
  }
}

export { act }
