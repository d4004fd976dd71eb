import { describe, expect, it } from 'vitest'
import { machineNamesIn } from './machine-names.ts'

const names = (text: string) => machineNamesIn('a.ts', text).map(({ name }) => name)

describe('the machine is named', () => {
  it.each([
    ['const t = Date.now()', 'Date.now'],
    ["const t = Date['now']()", 'Date.now'],
    ['const now = Date.now', 'Date.now'],
    ['const t = new Date()', 'new Date()'],
    ['const t = new Date', 'new Date()'],
    ['const t = Date()', 'Date()'],
    ['const r = Math.random()', 'Math.random'],
    ['globalThis.setTimeout(f, 1)', 'globalThis.setTimeout'],
    ["self['fetch'](url)", 'self.fetch'],
    ['window.navigator.locks', 'window.navigator'],
  ])('in %s', (text, name) => {
    expect(names(text)).toEqual([name])
  })

  it('on the line where it stands', () => {
    expect(machineNamesIn('a.ts', 'const a = 1\n\nconst b = [\n  Math.random(),\n]\n')).toEqual([
      { file: 'a.ts', line: 4, name: 'Math.random' },
    ])
  })
})

describe('the machine is not named', () => {
  it.each([
    ['const d = new Date(time)'],
    ['const t = Date.parse(text)'],
    ['const m = Math.max(1, 2)'],
    ['clock.now()'],
    ['random.random()'],
    ['// Date.now() would differ between replays'],
    ["const text = 'Math.random()'"],
    ['globalThis.structuredClone(value)'],
  ])('in %s', (text) => {
    expect(names(text)).toEqual([])
  })
})
