import type { Domain } from '../../src/domain.ts'
import { exposeLarder } from '../../worker/index.ts'

// As a program without types might.
const load: () => Promise<object> = () => import('../support/notes.ts')
exposeLarder(load as () => Promise<Domain>)
