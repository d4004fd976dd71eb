import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

const isCode = (name: string) => /\.(m?js|wasm)$/.test(name)

/** What a built entry of the package weighs when an app bundles all of it, minified and compressed. */
export async function bundledBytes(entry: string, external: readonly string[]): Promise<number> {
  const built = await build({
    root: dirname(entry),
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      target: 'es2023',
      minify: true,
      rolldownOptions: {
        input: entry,
        // An entry's exports are what an app calls: all of them count.
        preserveEntrySignatures: 'strict',
        external: external.map((name) => new RegExp(`^${name}($|/)`)),
      },
    },
  })
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((each) => ('output' in each ? each.output : []))
  return outputs.reduce((sum, each) => sum + (each.type === 'chunk' ? compressed(Buffer.from(each.code)) : 0), 0)
}

/** What a built page weighs without the harness: code and WASM. */
export function builtBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => isCode(name) && name !== 'entry.js')
    .reduce((sum, name) => sum + compressed(readFileSync(join(folder, name))), 0)
}

function compressed(content: Buffer): number {
  return gzipSync(content, { level: 9 }).length
}
