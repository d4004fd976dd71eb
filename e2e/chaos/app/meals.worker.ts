import { nutrition } from '@larder/sdk/nutrition'
import { exposeLarder } from '@larder/sdk/worker'

exposeLarder(nutrition)
