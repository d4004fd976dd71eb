import { exposeLarder } from '../../worker/index.ts'
import { notes } from '../support/notes.ts'

exposeLarder(() => import('./throwing.worker.ts').then(() => notes))
