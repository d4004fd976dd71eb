/** The entry of a worker that loads what it does. */

export { exposeLarderLazily } from './expose-larder-lazily.ts'
