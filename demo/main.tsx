import './strict-policy.ts'

// What leads to a schema is imported after the line above.

import { LarderProvider } from '@larder/sdk/react'
import { render } from 'preact'
import { loadFoods } from './add/use-foods.ts'
import { App } from './app.tsx'
import { ErrorBoundary } from './parts/error-boundary.tsx'
import { OpenFailed } from './screens/open-failed.tsx'
import { registerServiceWorker } from './service-worker.ts'
import { openStore } from './store.ts'
import { trustOwnScripts } from './trusted-scripts.ts'

async function start(root: HTMLElement): Promise<void> {
  trustOwnScripts()
  // First, so that a version that cannot open its store can still be replaced by one that can.
  registerServiceWorker()
  try {
    const larder = await openStore()
    root.replaceChildren()
    render(
      <ErrorBoundary>
        <LarderProvider larder={larder}>
          <App />
        </LarderProvider>
      </ErrorBoundary>,
      root,
    )
    whenIdle(() => void loadFoods())
  } catch (error) {
    root.replaceChildren()
    render(<OpenFailed error={error} />, root)
  }
}

/** So that the foods are there when somebody begins to type, and the day is on the screen before them. */
function whenIdle(task: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(task, { timeout: 3000 })
  else setTimeout(task, 1000)
}

const root = document.getElementById('app')
if (root !== null) void start(root)
