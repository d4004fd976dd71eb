import { fileURLToPath } from 'node:url'
import { build, defaultClientConditions } from 'vite'

/** Builds a page and its workers for production, from the sources of the package. `app` is the folder of its `index.html`. */
export async function buildPage(app: URL, outDir: string): Promise<void> {
  await build({
    root: fileURLToPath(app),
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['larder-source', ...defaultClientConditions] },
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2023' },
  })
}
