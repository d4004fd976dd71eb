import { exposeLarder } from '@larder/sdk/worker'
import { notes } from '../notes.ts'

exposeLarder(notes)
