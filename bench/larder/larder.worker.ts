import { exposeLarderLazily } from '../../worker/lazy.ts'

exposeLarderLazily(async () => {
  const [{ tellResponses }, { benchDomain }] = await Promise.all([import('./response-times.ts'), import('./domain.ts')])
  tellResponses()
  return benchDomain
})
