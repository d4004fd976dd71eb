import { describe, expect, it } from 'vitest'
import { StreamVersions } from '../../src/store/stream-versions.ts'

describe('the versions of the streams used last', () => {
  it('are few, and the last half of what they may be is always among them', () => {
    const versions = new StreamVersions(8)
    const names = Array.from({ length: 100 }, (_, index) => `s${index}`)
    for (const [index, name] of names.entries()) {
      versions.set(name, index)
      const known = names.filter((each) => versions.get(each) !== undefined)
      expect(known.length).toBeLessThanOrEqual(8)
      expect(known).toEqual(expect.arrayContaining(names.slice(Math.max(0, index - 3), index + 1)))
    }
    expect(versions.get('s99')).toBe(99)
  })

  it('move on where they are known, and only there', () => {
    const versions = new StreamVersions(4)
    versions.set('a', 1)
    versions.set('b', 1)
    versions.advance('a', 2)
    versions.advance('c', 9)
    expect(['a', 'b', 'c'].map((stream) => versions.get(stream))).toEqual([2, 1, undefined])
    versions.clear()
    expect(versions.get('a')).toBeUndefined()
  })
})
