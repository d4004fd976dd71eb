import type { SyncStatus } from '@larder/sdk'
import { whole } from '../format/numbers.ts'
import type { IconName } from './icon.tsx'

export interface SyncWords {
  readonly icon: IconName
  readonly tone: 'good' | 'plain' | 'waiting' | 'problem'
  /** For the chip: two or three words. */
  readonly short: string
  readonly title: string
  readonly sentence: string
}

/** A sync status as one would say it to a person. */
export function syncWords(status: SyncStatus): SyncWords {
  const { pending } = status
  const waiting = pending === 0 ? '' : ` · ${whole(pending)} waiting`
  const kept = pending === 0 ? 'What you log' : pending === 1 ? 'One change' : `${whole(pending)} changes`
  const isKept = pending > 1 ? 'are kept' : 'is kept'
  switch (status.state) {
    case 'local':
      return words('device', 'plain', 'On this device', 'Only on this device', 'This app is not connected to a server.')
    case 'idle':
      if (status.needsAttention > 0 && pending === 0) {
        return words('cloudCheck', 'good', 'Synced', 'Synced', 'Everything is on the server, except what it refused.')
      }
      return pending === 0
        ? words('cloudCheck', 'good', 'Synced', 'Everything is synced', 'All that you logged is on the server too.')
        : words(
            'cloudUp',
            'waiting',
            `${whole(pending)} waiting`,
            'Waiting to sync',
            `${kept} will be sent in a moment.`,
          )
    case 'syncing':
      return words('refresh', 'plain', 'Syncing…', 'Syncing…', 'Exchanging changes with the server.')
    case 'offline':
      return words(
        'cloudOff',
        'waiting',
        `Offline${waiting}`,
        status.problem?.code === 'token-unavailable' ? 'You cannot be signed in now' : 'You are offline',
        `${kept} ${isKept} safe on this device, and will be sent as soon as the server can be reached.`,
      )
    case 'backoff':
      return backoffWords(status.problem?.code, waiting, `${kept} ${isKept} safe on this device.`)
    case 'paused':
      return words(
        'pause',
        'waiting',
        `Paused${waiting}`,
        'Sync is paused',
        `${kept} ${isKept} on this device until you resume.`,
      )
    case 'auth-required':
      return words(
        'alert',
        'problem',
        `Sign in${waiting}`,
        'Sign in again',
        `${kept} ${isKept} safe on this device. The server wants to know who you are before it takes more.`,
      )
    case 'forbidden':
      return words(
        'alert',
        'problem',
        `No access${waiting}`,
        'No access',
        `${kept} ${isKept} safe on this device. This account may not use the server.`,
      )
    case 'update-required':
      return words(
        'alert',
        'problem',
        `Update needed${waiting}`,
        'Update the app',
        `${kept} ${isKept} safe on this device. The server needs a newer version of this app: reload it.`,
      )
  }
}

/** The longest title and sentence of the states that come and go by themselves: room for them is kept. */
export const longestWords: Pick<SyncWords, 'title' | 'sentence'> = {
  title: 'The server cannot answer now',
  sentence: '1,000 changes are kept safe on this device, and will be sent as soon as the server can be reached.',
}

/** Not every trouble is a busy server: what a person may do about it differs. */
function backoffWords(code: string | undefined, waiting: string, safe: string): SyncWords {
  switch (code) {
    case 'log-diverged':
      return words(
        'alert',
        'problem',
        `Server log differs${waiting}`,
        'The server has lost what this device has',
        `${safe} The server was restored from a backup, and does not say yet from where on it wants everything again. The app goes on asking.`,
      )
    case 'device-forked':
      return words(
        'alert',
        'problem',
        `Device copied${waiting}`,
        'Two devices use the same identity',
        `${safe} This device’s data was copied to another one. It has taken a new identity, and the server has yet to accept it.`,
      )
    case 'server-protocol':
      return words(
        'alert',
        'problem',
        `Sync trouble${waiting}`,
        'The server’s answer makes no sense',
        `${safe} The app tries again by itself; if this stays, the server needs looking after.`,
      )
    case 'storage-full':
      return words(
        'alert',
        'problem',
        `Device full${waiting}`,
        'This device is full',
        `${safe} There is no room to take in what the server has. Free some space, and it goes on by itself.`,
      )
    case 'internal':
    case 'storage-failed':
    case 'storage-timeout':
    case 'storage-unavailable':
      return words(
        'alert',
        'waiting',
        `Sync trouble${waiting}`,
        'This device cannot sync now',
        `${safe} The app could not use its storage for it, and tries again by itself. Reloading it may help.`,
      )
    default:
      return words(
        'clock',
        'waiting',
        `Server busy${waiting}`,
        'The server cannot answer now',
        `${safe} The app tries again by itself.`,
      )
  }
}

function words(icon: IconName, tone: SyncWords['tone'], short: string, title: string, sentence: string): SyncWords {
  return { icon, tone, short, title, sentence }
}
