import { exposeLarder } from '@larder/sdk/worker'
import { notes } from '../notes.ts'
import { answerEarly } from './answer-early.ts'

answerEarly(30)
exposeLarder(notes)
