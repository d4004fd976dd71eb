import { expect, it } from 'vitest'
import { passedInPlaywright, passedInVitest } from './find-passed-tests.ts'

it('passed tests are told from a report of Vitest, by the names of their groups too', () => {
  const tests = [
    { ancestorTitles: ['C01: a group'], title: 'a test', status: 'passed' },
    { ancestorTitles: ['a group'], title: 'C02: a test', status: 'failed' },
    { ancestorTitles: ['a group'], title: 'C03: a test', status: 'skipped' },
  ]
  const report = {
    testResults: [
      { name: '/x/a.test.ts', assertionResults: tests },
      { name: '/x/a.browser.test.ts', assertionResults: tests.slice(0, 1) },
    ],
  }
  expect(passedInVitest(report)).toEqual([
    { place: 'unit', ids: ['C01'] },
    { place: 'browser', ids: ['C01'] },
  ])
})

it('passed tests are told from a report of Playwright, where every browser agrees', () => {
  const spec = (title: string, ...statuses: string[]) => ({ title, tests: statuses.map((status) => ({ status })) })
  const group = {
    title: 'C01: a group',
    specs: [spec('a test', 'expected'), spec('C02: a test', 'expected', 'unexpected'), spec('C03: a test', 'skipped')],
  }
  const report = {
    suites: [{ title: 'a.spec.ts', specs: [spec('C04: a test', 'expected', 'expected')], suites: [group] }],
  }
  expect(passedInPlaywright(report)).toEqual([
    { place: 'e2e', ids: ['C04'] },
    { place: 'e2e', ids: ['C01'] },
  ])
})
