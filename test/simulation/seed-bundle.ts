import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, defaultServerConditions } from 'vite'

export interface SeedBundle {
  readonly file: string
  remove(): void
}

/**
 * Makes one file of what runs a seed. It starts at once, and runs the seeds faster than what translates TypeScript as it is loaded, which
 * names every function anew whenever one is made.
 */
export async function bundleSeedProcess(): Promise<SeedBundle> {
  const folder = mkdtempSync(join(tmpdir(), 'larder-sim-'))
  const conditions = ['larder-source', ...defaultServerConditions]
  await build({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, resolve: { conditions } },
    build: {
      ssr: fileURLToPath(new URL('./seed-process.ts', import.meta.url)),
      outDir: folder,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: 'seed-process.mjs' } },
    },
  })
  return { file: join(folder, 'seed-process.mjs'), remove: () => rmSync(folder, { recursive: true, force: true }) }
}
