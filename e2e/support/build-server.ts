import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { BUILT_SERVER } from './server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Beside `dist-demo`, as the sources of the server are: it finds the app there. */
const folder = fileURLToPath(new URL('../../test-results', import.meta.url))
const file = 'serve.mjs'

/** Makes one file of the sources of the server: to read them one by one takes longer than all else that a start does, and every test starts a server. */
async function buildServer(): Promise<void> {
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    ssr: {
      resolve: { conditions: ['larder-source', 'node'] },
      noExternal: true,
      // It has a part that is no JavaScript; and Vite is for `npm run dev`.
      external: ['libsql', 'vite'],
    },
    build: {
      ssr: 'demo/serve.ts',
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: file } },
    },
  })
  // The processes that run the tests inherit it.
  process.env[BUILT_SERVER] = `${folder}/${file}`
}

// biome-ignore lint/style/noDefaultExport: Playwright takes what comes before all tests as one
export default buildServer
