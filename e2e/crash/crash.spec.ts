import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { findBrowser } from '../../test/run/find-browser.ts'
import { buildPage } from '../support/build-page.ts'
import { test } from '../support/process-test.ts'
import { serveApp } from './app-server.ts'
import { killAllBrowsers } from './browser-process.ts'
import { killAgainAndAgain } from './kill-again-and-again.ts'
import { createRandom } from './random.ts'

/** Each of the two stores, and one log torn. `npm run crash` kills as often as it is told. */
const KILLS = 3

test('C01: a browser that is killed in the middle of appends has all that it acknowledged, and no part of a commit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'larder-killed-'))
  const [app, profile] = [join(folder, 'app'), join(folder, 'profile')]
  mkdirSync(profile)
  await buildPage(new URL('app', import.meta.url), app)
  const server = await serveApp(app)
  const said: string[] = []
  try {
    const outcome = await killAgainAndAgain({
      ...{ kills: KILLS, random: createRandom(1), browser: await findBrowser() },
      ...{ url: `${server.origin}/`, profile, say: (line: string) => said.push(line) },
    })
    expect(outcome, said.join('\n')).toMatchObject({ kills: KILLS, lost: 0, torn: 0, problems: [] })
    // Otherwise nothing was to be lost, or nothing under way when it was killed.
    expect(outcome.acknowledged).toBeGreaterThan(100)
    expect(outcome.inflight).toBeGreaterThanOrEqual(KILLS / 2)
    expect(outcome.relaunches).toHaveLength(KILLS)
  } finally {
    killAllBrowsers()
    await server.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
})
