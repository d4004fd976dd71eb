import { parseArgs } from 'node:util'

export interface ServeOptions {
  /** `PORT`, default 4173. The first port to try. */
  readonly port: number
  /** `--host <address>`, default 127.0.0.1: nobody else in the network reaches it. `--host` alone: everybody does. */
  readonly host: string
  /** `LARDER_DATA`, default `.larder`: the folder of the server's log. */
  readonly dataFolder: string
  /** `--dev`: the sources with hot reload, in place of what was built. */
  readonly dev: boolean
  /** `--dev-tokens`: the token `dev:<account>` is good for any account. */
  readonly devTokens: boolean
}

/** @throws Error with a sentence for who started it */
export function readOptions(args: readonly string[], env: Readonly<Record<string, string | undefined>>): ServeOptions {
  const { values, tokens } = parseArgs({
    args: [...args],
    options: { host: { type: 'string' }, dev: { type: 'boolean' }, 'dev-tokens': { type: 'boolean' } },
    strict: false,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind === 'option' && !['host', 'dev', 'dev-tokens'].includes(token.name)) {
      throw new Error(`Unknown option ${token.rawName}. There are --host <address>, --dev and --dev-tokens.`)
    }
  }
  const port = Number(env['PORT'] ?? 4173)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('PORT has to be a number from 0 to 65535.')
  return {
    port,
    host: typeof values.host === 'string' ? values.host : values.host === true ? '0.0.0.0' : '127.0.0.1',
    dataFolder: env['LARDER_DATA'] ?? '.larder',
    dev: values.dev === true,
    devTokens: values['dev-tokens'] === true,
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
