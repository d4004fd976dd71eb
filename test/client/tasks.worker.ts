import { exposeLarder } from '../../worker/expose-larder.ts'

exposeLarder(() => import('../support/tasks.ts').then(({ taskDomain }) => taskDomain))
