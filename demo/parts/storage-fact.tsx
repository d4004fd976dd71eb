import type { Health } from '@larder/sdk'
import { useLarder } from '@larder/sdk/react'
import { useEffect, useState } from 'preact/hooks'
import { notify, notifyProblem } from '../state/notices.ts'

/** Whether the browser may clear this app's data when the device runs full, and a way to ask that it does not. */
export function StorageFact() {
  const larder = useLarder()
  const [health, setHealth] = useState<Health>()
  useEffect(() => {
    const subscription = larder.health$.subscribe(setHealth)
    return () => subscription.unsubscribe()
  }, [larder])
  if (health === undefined) return null
  const { mode, persisted } = health.storage
  const protect = async () => {
    try {
      const agreed = await larder.persist()
      notify(
        agreed === true
          ? 'Your log is protected'
          : agreed === 'unknown'
            ? 'The browser did not answer.'
            : 'The browser did not agree. It does so more readily for installed apps.',
      )
    } catch (error) {
      notifyProblem('Not protected', error)
    }
  }
  return (
    <div>
      <dt>Storage</dt>
      <dd>
        {mode === 'memory' ? 'Only until this tab closes' : persisted === true ? 'Protected' : 'Kept by this browser'}
        {mode !== 'memory' && persisted !== true ? (
          <button type="button" class="link-button" onClick={() => void protect()}>
            Protect it
          </button>
        ) : null}
      </dd>
    </div>
  )
}
