import { registerSW } from 'virtual:pwa-register'
import { notify } from './state/notices.ts'

/** Makes the app start without a network, and asks before a new version takes over: a reload in mid-typing loses what was typed. */
export function registerServiceWorker(): void {
  const update = registerSW({
    onOfflineReady: () => notify('Ready to work offline', { about: 'offline' }),
    onNeedRefresh: () =>
      notify('A new version is ready', {
        action: { label: 'Update', run: () => void update(true) },
        forMs: undefined,
        about: 'update',
      }),
  })
}
