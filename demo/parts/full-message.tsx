import type { ComponentChildren } from 'preact'
import { Logo } from './logo.tsx'

/** Fills the screen when there is nothing else to show. */
export function FullMessage({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <main class="full-message">
      <Logo size={64} />
      <h1>{title}</h1>
      {children}
      <p>
        <button type="button" class="button button-primary" onClick={() => location.reload()}>
          Try again
        </button>
      </p>
    </main>
  )
}
