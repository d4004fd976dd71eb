import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'
import type { Plugin } from 'vite'
import published from '../../tsdown.config.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The package as npm would deliver it. */
export interface BuiltPackage {
  /** Puts what was built in the place of its sources, which the code here imports for their types. */
  readonly plugin: Plugin
  /** Path of an entry's built file, such as that of `worker.js`. */
  fileOf(name: string): string
}

/** Builds the package in a folder of its own, from which its dependencies are found as from an app, without touching `dist`. */
export async function buildPackage(): Promise<BuiltPackage> {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'larder-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const config of published) {
    // Types weigh and cost nothing when an app runs.
    if (config.dts !== false) continue
    await build({ ...config, cwd: root, config: false, outDir: folder, clean: false, logLevel: 'silent' })
  }
  const built = builtBySource(folder)
  return {
    fileOf: (name) => join(folder, name),
    plugin: {
      name: 'bench-published-package',
      enforce: 'pre',
      resolveId(id, importer) {
        // As `imports` in package.json says of `dist`.
        if (id === '#environment') return join(folder, 'production.js')
        return importer === undefined || !id.startsWith('.') ? undefined : built.get(resolve(importer, '..', id))
      },
    },
  }
}

/** By the path of an entry's source: what the package's exports give an app for it. */
function builtBySource(folder: string): ReadonlyMap<string, string> {
  const { exports }: { exports: Readonly<Record<string, string | Readonly<Record<string, string>>>> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const built = new Map<string, string>()
  for (const entry of Object.values(exports)) {
    if (typeof entry === 'string') continue
    const { 'larder-source': source, default: file } = entry
    if (source !== undefined && file !== undefined)
      built.set(join(root, source), join(folder, file.replace('./dist/', '')))
  }
  return built
}
