import type { Domain } from '../../src/domain.ts'
import { exposeLarderLazily } from '../../worker/lazy.ts'

// As a program without types might.
const load: () => Promise<object> = () => import('../support/notes.ts')
exposeLarderLazily(load as () => Promise<Domain>)
