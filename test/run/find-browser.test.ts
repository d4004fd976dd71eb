import { tmpdir } from 'node:os'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { locateBrowser } from './find-browser.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('the browser finder', () => {
  it('takes what CHROMIUM_PATH names', () => {
    vi.stubEnv('CHROMIUM_PATH', process.execPath)
    expect(locateBrowser()?.executablePath).toBe(process.execPath)
  })

  it('refuses a CHROMIUM_PATH that cannot be run, and names it', () => {
    vi.stubEnv('CHROMIUM_PATH', '/no/such/browser')
    expect(() => locateBrowser()).toThrow('/no/such/browser')
  })

  it('looks for itself when CHROMIUM_PATH is empty', () => {
    vi.stubEnv('CHROMIUM_PATH', '')
    vi.stubEnv('PATH', tmpdir())
    expect(() => locateBrowser()).not.toThrow()
  })
})
