import { describe, expect, it } from 'vitest'
import { oneCheck, playwrightCounts, vitestCounts, withNote } from './counts.ts'
import { lastLine, total } from './report.ts'

function vitestReport(change: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
    ...change,
  })
}

function playwrightReport(stats: Readonly<Record<string, number>>, errors: readonly unknown[] = []): string {
  return JSON.stringify({ stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0, ...stats }, errors })
}

describe('a run of vitest', () => {
  it('counts its tests', () => {
    expect(vitestCounts(vitestReport(), 0)).toEqual({ passed: 3, failed: 0 })
  })

  it('fails when it ran no test', () => {
    expect(vitestCounts(vitestReport({ numPassedTests: 0, testResults: [] }), 0)).toMatchObject({
      passed: 0,
      failed: 1,
    })
  })

  it('fails when only skipped tests were found', () => {
    const report = vitestReport({ numPassedTests: 0, numPendingTests: 2 })
    expect(vitestCounts(report, 0)).toEqual({ passed: 0, failed: 1, note: 'ran no tests, 2 skipped' })
  })

  it('counts a file that could not be loaded as a failure', () => {
    const report = vitestReport({ testResults: [{ status: 'failed', assertionResults: [] }] })
    expect(vitestCounts(report, 1)).toEqual({ passed: 3, failed: 1 })
  })

  it('counts a failed test once', () => {
    const testResults = [{ status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] }]
    expect(vitestCounts(vitestReport({ numFailedTests: 1, testResults }), 1)).toEqual({ passed: 3, failed: 1 })
  })

  it('fails when it exited with an error that no test explains', () => {
    expect(vitestCounts(vitestReport(), 1)).toMatchObject({ passed: 3, failed: 1 })
    expect(vitestCounts(vitestReport(), undefined)).toMatchObject({ passed: 3, failed: 1 })
  })

  it.each([undefined, '', '{', '{}'])('fails when its report is %j', (report) => {
    expect(vitestCounts(report, 0)).toMatchObject({ passed: 0, failed: 1 })
  })
})

describe('a run of playwright', () => {
  it('counts its tests', () => {
    expect(playwrightCounts(playwrightReport({ expected: 4 }), 0)).toEqual({ passed: 4, failed: 0 })
  })

  it('fails when it ran no test', () => {
    expect(playwrightCounts(playwrightReport({}), 0)).toMatchObject({ passed: 0, failed: 1 })
  })

  it('counts a flaky test as failed', () => {
    expect(playwrightCounts(playwrightReport({ expected: 4, flaky: 1, unexpected: 2 }), 1)).toMatchObject({ failed: 3 })
  })

  it('counts an error outside the tests', () => {
    expect(playwrightCounts(playwrightReport({}, [{ message: 'no config' }]), 1)).toMatchObject({
      passed: 0,
      failed: 1,
    })
  })
})

describe('a note', () => {
  it('is added to one that is there, and changes no number', () => {
    const counts = { passed: 2, failed: 0 }
    expect(withNote(counts, undefined)).toBe(counts)
    expect(withNote(counts, 'a')).toEqual({ ...counts, note: 'a' })
    expect(withNote(withNote(counts, 'a'), 'b')).toEqual({ ...counts, note: 'a; b' })
  })
})

describe('the sum', () => {
  it('ends with one line', () => {
    expect(lastLine(total([oneCheck(0), oneCheck(2), { passed: 40, failed: 1 }]))).toBe('41 passed, 2 failed')
  })
})
