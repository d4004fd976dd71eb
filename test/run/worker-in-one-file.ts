import { build, defaultClientConditions, type Plugin } from 'vite'

/**
 * Gives a worker that a test in the browser starts as one file: it has some two hundred modules, and tests start, and kill, dozens of workers, each of which
 * would ask for all of them. Whoever watches gets them one by one, since they change.
 */
export function workerInOneFile(condition: string): Plugin {
  const bundle = async (file: string): Promise<string> => {
    const built = await build({
      configFile: false,
      publicDir: false,
      logLevel: 'error',
      mode: 'development',
      resolve: { conditions: [condition, ...defaultClientConditions] },
      build: {
        write: false,
        minify: false,
        target: 'es2023',
        modulePreload: false,
        rolldownOptions: { input: file, output: { codeSplitting: false } },
      },
    })
    const [only, ...others] = Array.isArray(built) || !('output' in built) ? [] : built.output
    if (only?.type !== 'chunk' || others.length > 0) throw new Error(`${file} is not one file.`)
    // Vite takes it for a page, which is told of an import that fails.
    return only.code.replaceAll('window.dispatchEvent', 'globalThis.dispatchEvent')
  }
  return {
    name: 'larder:worker-in-one-file',
    enforce: 'pre',
    load: (id) => {
      const [file = '', query = ''] = id.split('?')
      return new URLSearchParams(query).has('worker_file') ? bundle(file) : undefined
    },
  }
}
