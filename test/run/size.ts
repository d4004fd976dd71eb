import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build as buildPackage } from 'tsdown'
import { build } from 'vite'
import published from '../../tsdown.config.ts'

/**
 * `npm run size`: what the package adds to an app, which is minified and compressed. Built as it is published, then bundled as an app does it, with
 * every export of the entry in use.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))

interface Entry {
  readonly file: string
  /** What the app has anyway, and shares. */
  readonly without: readonly string[]
  /**
   * In kB of 1,000 bytes: what it should come to, and what it may not exceed meanwhile. A ratchet is lowered where it can be, and was raised six times: when sync became whole, to what
   * re-decision, restore, adoption, accounts and dead letters' reports weigh, by 1 kB for following own writes and waiting for verdicts, by 1.5 kB for rebuilds that go on and leaders that are silent, by 3 kB for holes in streams and what is begun before it is asked for, and by 4.5 kB for storages that say nothing, what a backup puts back, notes that are bounded, and meta records that are older than their log, and by 0.2 kB for what waits behind a storage that says nothing, and tabs that say that they are at work. On the page, Comlink and uuidv7
   * alone are 4 kB; in the worker, Dexie is 31 kB and the part of Zod that reads the wire 10 kB.
   */
  readonly targetKb: number
  readonly ratchetKb: number
}

const entries = {
  page: { file: 'index.js', without: ['rxjs', 'zod'], targetKb: 8, ratchetKb: 27.7 },
  worker: { file: 'worker.js', without: [], targetKb: 55, ratchetKb: 136.8 },
} as const satisfies Readonly<Record<string, Entry>>

interface Bundle {
  readonly kb: number
  /** Bytes before compression, by module, the largest first. */
  readonly parts: readonly (readonly [module: string, bytes: number])[]
}

async function bundle(folder: string, { file, without }: Entry): Promise<Bundle> {
  const built = await build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      target: 'es2023',
      minify: true,
      rolldownOptions: {
        input: join(folder, file),
        preserveEntrySignatures: 'strict',
        external: without.map((name) => new RegExp(`^${name}($|/)`)),
      },
    },
  })
  const chunks = (Array.isArray(built) ? built : [built])
    .flatMap((each) => ('output' in each ? each.output : []))
    .filter((each) => each.type === 'chunk')
  const bytes = chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
  const parts = chunks.flatMap(({ modules }) =>
    Object.entries(modules).map(([id, { renderedLength }]) => [id, renderedLength] as const),
  )
  return { kb: bytes / 1000, parts: parts.toSorted(([, a], [, b]) => b - a) }
}
/** In a folder of its own, from which packages are found as from an app, without touching `dist`. */
async function withBuiltPackage<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'larder-size-'))
  try {
    // One after the other: types are for the editor, and weigh nothing.
    for (const config of published) {
      if (config.dts === false)
        await buildPackage({ ...config, cwd: root, config: false, outDir: folder, clean: false, logLevel: 'silent' })
    }
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const shown = (kb: number) => kb.toFixed(2)

await withBuiltPackage(async (folder) => {
  const sizes: string[] = []
  for (const [name, entry] of Object.entries<Entry>(entries)) {
    const { kb, parts } = await bundle(folder, entry)
    const { targetKb, ratchetKb } = entry
    sizes.push(`${name}=${shown(kb)}`)
    if (kb > targetKb) {
      console.log(`${name}: ${shown(kb)} kB, which is ${shown(kb - targetKb)} kB above the target of ${targetKb} kB`)
      for (const [module, bytes] of parts.slice(0, 12))
        console.log(
          `  ${String(bytes).padStart(7)} bytes before compression: ${module.slice(module.lastIndexOf('node_modules/') + 13)}`,
        )
    }
    if (kb > ratchetKb) {
      console.log(`${name}: more than the ${ratchetKb} kB that it may be`)
      process.exitCode = 1
    }
  }
  console.log(`${sizes.join(' ')} kB`)
})
