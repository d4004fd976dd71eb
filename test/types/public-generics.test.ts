import { describe, expect, it } from 'vitest'
import { entriesOf, publicGenerics } from './public-generics.ts'

/** Functions that infer three from one literal, and answer a type that has one: see docs/decisions/0078-two-type-parameters.md. */
const OF_THREE = ['defineAggregate', 'from']

describe('what is generic in the public API', () => {
  const entries = entriesOf('package.json')
  const generics = publicGenerics(entries)

  it('is found in every entry, as a declaration, inherited, or in a member', () => {
    expect(entries).toHaveLength(9)
    expect(generics.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        ...['defineEvent', 'EventsQuery', 'useView', 'Given', 'ServerLog.transact', 'StorageTransaction.read'],
        ...['Larder.view', 'Larder.execute', 'Larder.bus.on'],
      ]),
    )
  })

  it('has at most two type parameters', () => {
    const wide = generics.filter(({ parameters }) => parameters > 2)
    expect(wide.map(({ name, kind, parameters }) => `${kind} ${name} ${parameters}`)).toEqual(
      OF_THREE.map((name) => `function ${name} 3`),
    )
  })

  it('is used in a type test, each of it', () => {
    expect(generics.filter(({ isTested }) => !isTested).map(({ name }) => name)).toEqual([])
  })
})
