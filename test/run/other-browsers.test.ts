import { describe, expect, it } from 'vitest'
import { absentBrowsers, isInstalled } from './other-browsers.ts'

describe('browsers besides Chromium', () => {
  it('are said to be absent, by name', () => {
    expect(absentBrowsers(() => false)).toBe('without firefox and webkit: not installed')
    expect(absentBrowsers((name) => name === 'firefox')).toBe('without webkit: not installed')
    expect(absentBrowsers(() => true)).toBeUndefined()
  })

  it('are looked for without an error, whether there or not', () => {
    expect([true, false]).toContain(isInstalled('firefox'))
  })
})
