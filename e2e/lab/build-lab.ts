import { fileURLToPath } from 'node:url'
import { build, defaultClientConditions } from 'vite'

/** Builds the lab's page and worker for production, from the sources of the package. */
export async function buildLab(outDir: string): Promise<void> {
  await build({
    root: fileURLToPath(new URL('app', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['larder-source', ...defaultClientConditions] },
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2023' },
  })
}
