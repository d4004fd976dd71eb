import { type Larder, openLarder } from '@larder/sdk'
import { nutrition } from '@larder/sdk/nutrition'

/** The one account of this demo. */
export const account = 'demo'

/** `?device=tablet` is another installation of the same account: a store of its own, as on another machine. */
export const device = deviceFrom(location.search)

export function openStore(): Promise<Larder> {
  return openLarder({
    name: `nutrition-${device}`,
    account,
    domain: nutrition,
    worker: () => new Worker(new URL('./app.worker.ts', import.meta.url), { type: 'module' }),
    sync: { url: '/sync', auth: async () => `dev:${account}` },
  })
}

function deviceFrom(search: string): string {
  const asked = new URLSearchParams(search).get('device')
  return asked !== null && /^[\w-]{1,32}$/.test(asked) ? asked : 'phone'
}
