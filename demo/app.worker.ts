import { exposeLarderLazily } from '@larder/sdk/worker/lazy'
import { trustOwnScripts } from './trusted-scripts.ts'

trustOwnScripts()
exposeLarderLazily(() => import('./app.domain.ts').then(({ nutrition }) => nutrition))
