import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'
import type { BuiltPackage } from './build-package.ts'
import type { EngineKey } from './engines.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const ENTRY = 'virtual:bench-entry'

/** Builds the page of one engine for production, as an app would be built. What is in `entry.js` is the harness; all else is the engine. */
export async function buildPage(engine: EngineKey, outDir: string, { plugin }: BuiltPackage): Promise<void> {
  const module = engine === 'larder' ? 'larder/engine.ts' : `peers/${engine}.ts`
  await build({
    root,
    configFile: false,
    logLevel: 'silent',
    plugins: [entryFor(module), plugin],
    define: { 'process.env.NODE_ENV': '"production"' },
    worker: {
      format: 'es',
      plugins: () => [plugin],
      rolldownOptions: {
        output: {
          entryFileNames: 'engine/[name]-[hash].js',
          chunkFileNames: 'engine/[name]-[hash].js',
          // As docs/opening.md says an app's is.
          postBanner: '//# allFunctionsCalledOnLoad',
        },
      },
    },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      assetsInlineLimit: 0,
      modulePreload: false,
      rolldownOptions: {
        input: ENTRY,
        output: {
          entryFileNames: 'entry.js',
          chunkFileNames: 'engine/[name]-[hash].js',
          assetFileNames: 'engine/[name]-[hash][extname]',
        },
      },
    },
  })
  mkdirSync(outDir, { recursive: true })
  writeFileSync(join(outDir, 'index.html'), PAGE)
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <link rel="icon" href="data:," />
    <title>Benchmark</title>
  </head>
  <body>
    <script type="module" src="/entry.js"></script>
  </body>
</html>
`

function entryFor(module: string): Plugin {
  return {
    name: 'bench-entry',
    resolveId: (id) => (id === ENTRY ? join(root, `entry-of-${module.replace('/', '-')}`) : undefined),
    load: (id) =>
      id === join(root, `entry-of-${module.replace('/', '-')}`)
        ? `import { serve } from './page/serve.ts'\nserve(() => import('./${module}'))\n`
        : undefined,
  }
}
