import { exposeLarderLazily } from '../../worker/lazy.ts'

exposeLarderLazily(() => import('../support/tasks.ts').then(({ taskDomain }) => taskDomain))
