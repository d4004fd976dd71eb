declare global {
  /** Only where the browser knows Trusted Types. */
  var trustedTypes:
    | { createPolicy(name: string, rules: { createScriptURL(address: string): string }): unknown }
    | undefined
}

/**
 * Under `require-trusted-types-for 'script'` the address of a worker, and of what a worker imports by `import()`, has to be vouched for. Bundlers know
 * `new Worker(new URL(…))` only when it is written like that, so the default policy vouches: for scripts of this origin, and for nothing else.
 */
export function trustOwnScripts(): void {
  globalThis.trustedTypes?.createPolicy('default', {
    createScriptURL: (address) => {
      const url = new URL(address, location.href)
      if (url.origin !== location.origin) throw new TypeError(`Not a script of this app: ${url.origin}`)
      return url.href
    },
  })
}
