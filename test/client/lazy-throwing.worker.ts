import { exposeLarderLazily } from '../../worker/lazy.ts'
import { notes } from '../support/notes.ts'

exposeLarderLazily(() => import('./throwing.worker.ts').then(() => notes))
