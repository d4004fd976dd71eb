import { exposeLarder } from '../../worker/expose-larder.ts'
import { taskDomain } from '../support/tasks.ts'

exposeLarder(taskDomain)
