import { exposeLarder } from '../../worker/expose-larder.ts'
import { notes } from '../support/notes.ts'

Object.defineProperty(navigator, 'locks', { value: undefined })
exposeLarder(notes)
