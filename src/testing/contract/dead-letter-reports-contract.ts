import type { DeadLetterReports, KeptDeadLetter, ReportedDeadLetter } from '../../../server/core/dead-letter-reports.ts'
import type { TestRunner } from './test-runner.ts'

const [ONE, TWO] = ['00000000-0000-7000-8000-0000000000d1', '00000000-0000-7000-8000-0000000000d2']

/**
 * What every `DeadLetterReports` has to do. How many it keeps of an account is its own affair, as long as those are the newest; the suite saves few.
 *
 * @param open gives a place without a report, a new one each time
 * @param close is called with it in the end. Default: nothing
 */
export function deadLetterReportsContract<Reports extends DeadLetterReports>(
  { describe, it, expect }: TestRunner,
  name: string,
  open: () => Promise<Reports>,
  close: (reports: Reports) => Promise<void> = async () => undefined,
): void {
  const withReports = (work: (reports: Reports) => Promise<void>) => async (): Promise<void> => {
    const reports = await open()
    try {
      await work(reports)
    } finally {
      await close(reports)
    }
  }
  const shown = (kept: readonly KeptDeadLetter[]) =>
    kept.map(({ device, reportedAt, report: { id, code } }) => [device, reportedAt, id, code])

  describe(`dead letter reports contract: ${name}`, () => {
    it(
      'keep nothing of an account at first',
      withReports(async (reports) => {
        expect(await reports.list('ann')).toEqual([])
      }),
    )

    it(
      'give back what was reported, by whom and when, with its events if it has any',
      withReports(async (reports) => {
        const event = {
          id: commitId(9),
          type: 'MealLogged',
          version: 1,
          stream: 'meals',
          time: '2026-11-23T12:00:00.000Z',
          data: { text: 'é "\\ 👍', n: [1, null] },
          metadata: { userId: 'ann' },
        }
        const given = [report(1), { ...report(2), attempts: 7, events: [event] }]
        await reports.save('ann', ONE, given, 1000)
        expect(await reports.list('ann')).toEqual(
          [...given].reverse().map((each) => ({ device: ONE, reportedAt: 1000, report: each })),
        )
      }),
    )

    it(
      'list the newest first; of one save, the last first',
      withReports(async (reports) => {
        await reports.save('ann', ONE, [report(1), report(2)], 4000)
        await reports.save('ann', TWO, [report(3)], 5000)
        expect(shown(await reports.list('ann'))).toEqual([
          [TWO, 5000, commitId(3), 'no'],
          [ONE, 4000, commitId(2), 'no'],
          [ONE, 4000, commitId(1), 'no'],
        ])
      }),
    )

    it(
      'replace the report of a commit by the latest of the same device, which is then the newest',
      withReports(async (reports) => {
        await reports.save('ann', ONE, [report(1), report(2)], 1000)
        await reports.save('ann', TWO, [report(1)], 2000)
        await reports.save('ann', ONE, [report(1, 'later')], 3000)
        expect(shown(await reports.list('ann'))).toEqual([
          [ONE, 3000, commitId(1), 'later'],
          [TWO, 2000, commitId(1), 'no'],
          [ONE, 1000, commitId(2), 'no'],
        ])
      }),
    )

    it(
      'keep accounts apart, whatever they are called',
      withReports(async (reports) => {
        const accounts = ['ann', 'Ann', 'ann/', '__proto__', 'constructor', '%', 'ä']
        for (const [index, account] of accounts.entries()) await reports.save(account, ONE, [report(index)], 1)
        for (const [index, account] of accounts.entries())
          expect((await reports.list(account)).map((each) => each.report.id)).toEqual([commitId(index)])
      }),
    )

    it(
      'take reports at the same time, and lose none',
      withReports(async (reports) => {
        const many = Array.from({ length: 40 }, (_, n) => n)
        await Promise.all(many.map((n) => reports.save(n % 2 === 0 ? 'ann' : 'bob', ONE, [report(n)], n)))
        const ids = async (account: string) => (await reports.list(account)).map((each) => each.report.id).sort()
        expect(await ids('ann')).toEqual(many.filter((n) => n % 2 === 0).map(commitId))
        expect(await ids('bob')).toEqual(many.filter((n) => n % 2 === 1).map(commitId))
      }),
    )

    it(
      'keep what they were given, whatever becomes of it afterwards, and take no report at all',
      withReports(async (reports) => {
        const given = [report(1)]
        await reports.save('ann', ONE, given, 1)
        given.push(report(2))
        await reports.save('ann', ONE, [], 2)
        expect(shown(await reports.list('ann'))).toEqual([[ONE, 1, commitId(1), 'no']])
      }),
    )
  })
}

function commitId(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}

function report(n: number, code = 'no'): ReportedDeadLetter {
  return { id: commitId(n), code, attempts: 1, since: '2026-11-23T12:00:00.000Z' }
}
