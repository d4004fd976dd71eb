import { exposeLarder } from '../../worker/index.ts'
import { notes } from '../support/notes.ts'

// As a program without types might.
const options: object = { storage: 'here' }
exposeLarder(notes, options)
