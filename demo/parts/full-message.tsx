import type { ComponentChildren } from 'preact'

/** Fills the screen when there is nothing else to show. */
export function FullMessage({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <main class="full-message">
      <img src="/icon.svg" alt="" width="64" height="64" />
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
