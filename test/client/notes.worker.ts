import { exposeLarder } from '../../worker/expose-larder.ts'
import { notes } from '../support/notes.ts'

exposeLarder(notes)
