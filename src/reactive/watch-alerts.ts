import type { Client } from '../client/client.ts'
import type { Alert } from '../engine/alerts.ts'
import { nameOfError } from '../errors.ts'

/** Tells of each alert when it begins. A worker that takes the place of one that died begins none anew. */
export function watchAlerts(client: Client, onAlert: (alert: Alert) => void): void {
  const { logger } = client.platform
  let before: readonly Alert[] = []
  client.subscribe(
    { to: 'health' },
    ({ alerts }) => {
      const begun = alerts.filter(({ kind }) => before.every((each) => each.kind !== kind))
      before = alerts
      for (const alert of begun) {
        try {
          onAlert(alert)
        } catch (error) {
          logger.error('alerts: onAlert failed', { error: nameOfError(error) })
        }
      }
    },
    // Closed, or without a worker for good: every call of the app says so.
    () => undefined,
  )
}
