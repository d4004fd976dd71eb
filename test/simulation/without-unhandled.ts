import type { Scene } from '../../src/testing/simulator/scene.ts'

/** Runs a story, and counts a rejection that nobody handles as broken. */
export async function withoutUnhandled(scene: Scene, story: () => Promise<void>): Promise<void> {
  const onUnhandled = (error: unknown): void => {
    const what = error instanceof Error ? error.stack : String(error)
    scene.violations.add('no-defect', `unhandled rejection: ${what}`)
  }
  process.on('unhandledRejection', onUnhandled)
  try {
    await story()
  } finally {
    process.off('unhandledRejection', onUnhandled)
  }
}
