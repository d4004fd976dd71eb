import { config } from 'zod'

/**
 * A strict Content-Security-Policy allows no code made from text, and zod tries to make some as soon as a schema is defined. So whoever needs a
 * schema imports this module before all that lead to one.
 */
config({ jitless: true })
