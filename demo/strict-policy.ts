import { config } from 'zod'

declare global {
  /** Only where the browser knows Trusted Types. */
  var trustedTypes:
    | { createPolicy(name: string, rules: { createScriptURL(address: string): string }): unknown }
    | undefined
}

/**
 * A strict Content-Security-Policy allows no code made from text, and zod tries to make some as soon as a schema is defined. So this stands
 * outside of the function, and whoever needs it imports this module before all that lead to a schema.
 */
config({ jitless: true })

/**
 * Under `require-trusted-types-for 'script'` a worker's address has to be vouched for. Bundlers know `new Worker(new URL(…))` only when it is
 * written like that, so the default policy vouches: for scripts of this origin, and for nothing else.
 */
export function obeyStrictPolicy(): void {
  globalThis.trustedTypes?.createPolicy('default', {
    createScriptURL: (address) => {
      const url = new URL(address, location.href)
      if (url.origin !== location.origin) throw new TypeError(`Not a script of this app: ${url.origin}`)
      return url.href
    },
  })
}
