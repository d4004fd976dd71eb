import { exposeLarder } from '@larder/sdk/worker'
import { domain } from '../jots.ts'

exposeLarder(domain)
