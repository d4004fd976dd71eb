import type { ComponentChildren } from 'preact'

/** A heading one below the screen's own on phones, one below the panel's on wide screens. */
export function ListTitle({ id, wide, children }: { id: string; wide: boolean; children: ComponentChildren }) {
  const Heading = wide ? 'h3' : 'h2'
  return (
    <Heading class="list-title" id={id}>
      {children}
    </Heading>
  )
}
