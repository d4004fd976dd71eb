import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Peer, type PeerKey, peerKeys, peers } from './engines.ts'

const folder = fileURLToPath(new URL('..', import.meta.url))
const modules = join(folder, 'node_modules')
/** Says of which lock the installed packages are. */
const stamp = join(modules, '.larder-bench-lock')
const INSTALL_TIMEOUT_MS = 10 * 60_000

/** Installs the peers by their own lock, unless that was done. Answers what went wrong, if anything: the run goes on without. */
export function installPeers(): string | undefined {
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')
  const areThere = peerKeys.every((key) => installedVersions(key) !== undefined)
  if (areThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return undefined
  console.error('Installing the peers into bench/node_modules …')
  // Nothing of them runs in Node, so nothing of them has to be compiled.
  const { status, stderr, error } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: INSTALL_TIMEOUT_MS,
    shell: process.platform === 'win32',
  })
  if (status !== 0) return error?.message ?? lastLines(stderr)
  writeFileSync(stamp, lock)
  return undefined
}

/** The versions of a peer's packages, or undefined when one is not installed. */
export function installedVersions(key: PeerKey): Readonly<Record<string, string>> | undefined {
  const { packages }: Peer = peers[key]
  const found: Record<string, string> = {}
  for (const name of packages) {
    const file = join(modules, name, 'package.json')
    if (!existsSync(file)) return undefined
    found[name] = JSON.parse(readFileSync(file, 'utf8')).version
  }
  return found
}

function lastLines(text: string): string {
  const errors = text.split('\n').filter((line) => line.startsWith('npm error'))
  return errors.slice(0, 3).join(' ') || text.trim().slice(-200)
}
