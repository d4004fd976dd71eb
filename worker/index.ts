/** The worker's entry. */
export { exposeLarder } from './expose-larder.ts'
