import { exposeLarder } from '../../worker/index.ts'
import { benchDomain } from './domain.ts'
import { tellResponses } from './response-times.ts'

tellResponses()
exposeLarder(benchDomain)
