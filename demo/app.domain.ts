// What leads to a schema is imported after this.
import './strict-policy.ts'

export { nutrition } from '@larder/sdk/nutrition'
