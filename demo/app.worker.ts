import { exposeLarder } from '@larder/sdk/worker'
import { trustOwnScripts } from './trusted-scripts.ts'

trustOwnScripts()
exposeLarder(() => import('./app.domain.ts').then(({ nutrition }) => nutrition))
