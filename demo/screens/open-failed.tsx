import { isLarderError } from '@larder/sdk'
import type { ComponentChildren } from 'preact'
import { FullMessage } from '../parts/full-message.tsx'

interface Words {
  readonly title: string
  readonly advice: ComponentChildren
}

/** The store could not be opened. Nothing is lost by that; the person learns what stands in the way. */
export function OpenFailed({ error }: { error: unknown }) {
  const { title, advice } = wordsFor(error)
  return (
    <FullMessage title={title}>
      <p>{advice}</p>
      <p class="small-print">{error instanceof Error ? error.message : String(error)}</p>
    </FullMessage>
  )
}

function wordsFor(error: unknown): Words {
  if (isLarderError(error, 'storage-unavailable')) {
    return {
      title: 'This browser does not let the app keep anything',
      advice:
        'Your log is kept in the browser’s own storage, and that is turned off here. Leave private browsing, or allow this site to store data, then try again.',
    }
  }
  if (isLarderError(error, 'schema-too-new')) {
    return {
      title: 'A newer version of the app was here',
      advice:
        'Your log was written by a newer version than this one. Close all tabs of the app, then open it again to get the newer version. Nothing was changed.',
    }
  }
  if (isLarderError(error, 'storage-full')) {
    return {
      title: 'This device is full',
      advice: 'There is no room left to open your log safely. Free some space on the device, then try again.',
    }
  }
  if (isLarderError(error, 'worker-mismatch')) {
    return {
      title: 'The app was updated meanwhile',
      advice:
        'One half of it is older than the other. Reload this page, and close other tabs of the app if that does not help.',
    }
  }
  if (isLarderError(error, 'storage-timeout')) {
    return {
      title: 'The browser’s storage does not answer',
      advice: 'Another tab of the app may stand in the way. Close all of them, or restart the browser, then try again.',
    }
  }
  if (isLarderError(error, 'worker-unavailable')) {
    return {
      title: 'A part of the app could not be loaded',
      advice: 'Check the connection and try again. What you logged is still on this device, and was not touched.',
    }
  }
  return {
    title: 'The app could not open your log',
    advice: 'Nothing was changed, and what you logged is still on this device. Trying again usually helps.',
  }
}
