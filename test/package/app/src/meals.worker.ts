import { exposeLarder } from '@larder/sdk/worker'
import { meals } from './meals.ts'

exposeLarder(meals)
