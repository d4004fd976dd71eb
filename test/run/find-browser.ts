import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

/** What is needed to start the browser, by Playwright or by hand. */
export interface FoundBrowser {
  /** Absolute path of a Chromium or Chrome. */
  readonly executablePath: string
  /** Switches that let it run in a container, without GPU, and without talking to anyone by itself. */
  readonly args: readonly string[]
}

/**
 * The lists that the address bar of each window has ready are pages, which take a second of a processor to start. A browser heeds the last such switch
 * alone, so that what Playwright turns off and a test could notice is named once more.
 */
const disabledFeatures: readonly string[] = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'AimEnabled',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
]

export const browserArgs: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${disabledFeatures.join()}`,
]

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const
const installTimeoutMs = 5 * 60_000

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function onPath(): string | undefined {
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)].filter((folder) => folder !== '')
  for (const command of commands) {
    for (const folder of folders) {
      const candidate = join(folder, command)
      if (isExecutable(candidate)) return candidate
    }
  }
  return undefined
}

/** The Chromium that Playwright downloads for itself, if it was downloaded. */
function fromPlaywright(): string | undefined {
  const playwright: typeof import('playwright') = createRequire(import.meta.url)('playwright')
  const path = playwright.chromium.executablePath()
  return path !== '' && existsSync(path) ? path : undefined
}

/**
 * Looks for a browser and installs nothing: `CHROMIUM_PATH`, then the system's, then Playwright's own.
 * Throws when `CHROMIUM_PATH` is set to something that cannot be run: what was asked for is never replaced silently.
 */
export function locateBrowser(): FoundBrowser | undefined {
  const asked = process.env.CHROMIUM_PATH
  if (asked !== undefined && asked !== '') {
    if (!isExecutable(asked)) throw new Error(`CHROMIUM_PATH is ${asked}, which is not an executable file.`)
    return { executablePath: asked, args: browserArgs }
  }
  const executablePath = onPath() ?? fromPlaywright()
  return executablePath === undefined ? undefined : { executablePath, args: browserArgs }
}

function run(command: string, args: readonly string[]): string | undefined {
  console.error(`No browser found, so: ${command} ${args.join(' ')}`)
  const result = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: installTimeoutMs,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (result.status === 0) return undefined
  const lines = result.stderr.toString().trim().split('\n')
  const said = result.error?.message ?? lines.find((line) => /error|failed/i.test(line)) ?? lines.at(-1)
  return `${args.join(' ')}: ${said ?? `exit code ${result.status}`}`
}

/** Each way to get a browser, in the order in which they are tried; a way that does not apply here is left out. */
function* installers(): Generator<() => string | undefined> {
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright/package.json')), 'cli.js')
  yield () => run(process.execPath, [cli, 'install', 'chromium'])
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    yield () => run('apt-get', ['update', '-q']) ?? run('apt-get', ['install', '-y', '-q', 'chromium'])
  }
}

/**
 * Finds a Chromium, or installs one: with Playwright, else with apt-get as root on Debian and its kin.
 * Throws an error that says what was tried and what to do by hand.
 */
export async function findBrowser(): Promise<FoundBrowser> {
  const there = locateBrowser()
  if (there !== undefined) return there
  const failures: string[] = []
  for (const install of installers()) {
    const failure = install()
    const found = locateBrowser()
    if (found !== undefined) return found
    failures.push(failure ?? 'an installer succeeded, but no browser was found after it')
  }
  throw new Error(
    `No Chromium was found, and none could be installed (${failures.join('; ')}). Install one (for example ` +
      '`npx playwright install --with-deps chromium`, or `apt-get install chromium`), or set CHROMIUM_PATH to one.',
  )
}
