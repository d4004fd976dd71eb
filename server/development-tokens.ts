import { type Authenticate, bearerToken } from './authenticate.ts'

export interface DevelopmentTokensOptions {
  /** Only true where everybody who can reach the server may be anybody: on the developer's own machine, and in tests. */
  enabled: boolean
  /** Who is asked about all other tokens. Default: nobody, they are refused. */
  otherwise?: Authenticate
}

/** Where enabled, the token `dev:ann` authenticates as the account `ann`. Where not, such tokens do not exist. */
export function developmentTokens(options: DevelopmentTokensOptions): Authenticate {
  const { enabled, otherwise = async () => 'unauthenticated' } = options
  return async (request) => {
    const account = /^dev:([A-Za-z0-9._@-]{1,128})$/.exec(bearerToken(request) ?? '')?.[1]
    return enabled && account !== undefined ? { account } : otherwise(request)
  }
}
