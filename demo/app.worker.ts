import { obeyStrictPolicy } from './strict-policy.ts'

// What leads to a schema is imported after the line above.

import { nutrition } from '@larder/sdk/nutrition'
import { exposeLarder } from '@larder/sdk/worker'

obeyStrictPolicy()
exposeLarder(nutrition)
