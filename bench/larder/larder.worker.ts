import { exposeLarder } from '../../worker/index.ts'

exposeLarder(async () => {
  const [{ tellResponses }, { benchDomain }] = await Promise.all([import('./response-times.ts'), import('./domain.ts')])
  tellResponses()
  return benchDomain
})
