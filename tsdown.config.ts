import { defineConfig, type UserConfig } from 'tsdown'

const entries = {
  index: 'src/index.ts',
  domain: 'src/domain.ts',
  inline: 'src/inline.ts',
  react: 'src/react/index.ts',
  testing: 'src/testing/index.ts',
  nutrition: 'src/nutrition/index.ts',
  server: 'server/index.ts',
}
/** Which of them counts is decided where the app is bundled: see `imports` in package.json. */
const environments = {
  development: 'src/event/environment/development.ts',
  production: 'src/event/environment/production.ts',
}
const worker = { worker: 'worker/index.ts', 'worker-lazy': 'worker/lazy.ts' }
const inWorker = ['comlink', 'dexie', 'uuidv7']

/** What the app brings, so that app and SDK share one copy: above all zod, whose schemas cross between them. */
const external = [
  '#environment',
  /^node:/,
  /^zod($|\/)/,
  /^rxjs($|\/)/,
  /^react($|\/)/,
  /^vitest($|\/)/,
  /^hono($|\/)/,
  /^@hono\//,
  /^libsql($|\/)/,
]

const common = {
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  outDir: 'dist',
  fixedExtension: false,
  sourcemap: true,
  report: false,
} satisfies UserConfig

export default defineConfig([
  { ...common, entry: { ...entries, ...environments }, dts: false, deps: { neverBundle: external } },
  /**
   * The worker is bundled with what it needs: a dev server that meets packages inside a worker late, and reloads the
   * page for them, has nothing to meet here.
   */
  ...Object.entries(worker).map(
    ([name, entry]): UserConfig => ({
      ...common,
      // Each by itself: of what both have, one file more would be made, which a worker that loads what it does had to wait for.
      entry: { [name]: entry },
      dts: false,
      deps: {
        onlyBundle: inWorker,
        alwaysBundle: inWorker.map((name) => new RegExp(`^${name}($|/)`)),
        neverBundle: external,
      },
    }),
  ),
  { ...common, entry: { ...entries, ...worker }, dts: { emitDtsOnly: true }, deps: { neverBundle: external } },
])
