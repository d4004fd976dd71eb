import type { Page } from '@playwright/test'
import type { Appended, LabError } from '../lab/app/lab-page.ts'
import { expect, test } from '../lab/lab-test.ts'

const TABS = 4
const APPENDS = 500
const all = Array.from({ length: TABS * APPENDS }, (_, index) => index + 1)

async function openTabs(openTab: () => Promise<Page>, syncUrl?: string): Promise<readonly Page[]> {
  const tabs = await Promise.all(Array.from({ length: TABS }, openTab))
  const options = { name: 'tabs', ...(syncUrl === undefined ? {} : { syncUrl }) }
  const modes = await Promise.all(tabs.map((tab) => tab.evaluate((given) => lab.open(given), options)))
  expect(modes).toEqual(tabs.map(() => 'indexeddb'))
  return tabs
}

function appendInAll(tabs: readonly Page[], expects: 'any' | 'version'): Promise<readonly Appended[]> {
  const startAt = Date.now() + 500
  return Promise.all(
    tabs.map((tab, number) =>
      tab.evaluate((options) => lab.appendMany(options), {
        ...{ stream: 'shared', prefix: `tab ${number}: `, count: APPENDS, startAt, expects },
      }),
    ),
  )
}

/** Every append once, without a gap, in the same order for every tab; and what each was answered is where it lies. */
async function expectAllOnce(
  tabs: readonly Page[],
  outcomes: readonly Appended[],
  zone: 'confirmed' | 'pending',
): Promise<void> {
  const [first = [], ...others] = await Promise.all(tabs.map((tab) => tab.evaluate(() => lab.list('shared'))))
  for (const other of others) expect(other).toEqual(first)
  const answered = outcomes.flatMap(({ positions }, tab) =>
    positions.map((position, index) => ({ text: `tab ${tab}: ${index}`, position: position ?? undefined })),
  )
  const byText = (a: { readonly text: string }, b: { readonly text: string }) => a.text.localeCompare(b.text)
  expect(first.toSorted(byText)).toEqual(answered.toSorted(byText))
  const positions = all.map((position) => (zone === 'confirmed' ? position : undefined))
  expect(first.map(({ position }) => position ?? undefined)).toEqual(positions)
  const next = { stream: 'shared', text: 'the next', expectedVersion: all.length }
  const position = zone === 'confirmed' ? all.length + 1 : undefined
  expect(await tabs[0]?.evaluate((event) => lab.append(event), next)).toBe(position)
}

function isTold({ code, details }: LabError): boolean {
  if (code !== 'concurrency' || typeof details !== 'object' || details === null) return false
  const { stream, expected, actual } = { stream: '', expected: '', actual: '', ...details }
  const areVersions = Number.isInteger(expected) && Number.isInteger(actual)
  return stream === 'shared' && areVersions && expected !== actual
}

test.describe('C32: four tabs that append 500 events each to one stream at once', () => {
  test('and expect nothing are never refused', async ({ openTab }) => {
    const tabs = await openTabs(openTab)
    const outcomes = await appendInAll(tabs, 'any')
    expect(outcomes.flatMap(({ failures, conflicts }) => [...failures, ...conflicts])).toEqual([])
    await expectAllOnce(tabs, outcomes, 'confirmed')
  })

  test('and expect nothing are never refused while they wait for a server', async ({ openTab }) => {
    const tabs = await openTabs(openTab, '/unreachable')
    const outcomes = await appendInAll(tabs, 'any')
    expect(outcomes.flatMap(({ failures, conflicts }) => [...failures, ...conflicts])).toEqual([])
    await expectAllOnce(tabs, outcomes, 'pending')
  })

  test('and expect a version lose against each other, are told so, and get through', async ({ openTab }) => {
    const tabs = await openTabs(openTab)
    const outcomes = await appendInAll(tabs, 'version')
    expect(outcomes.flatMap(({ failures }) => failures)).toEqual([])
    const conflicts = outcomes.flatMap((outcome) => outcome.conflicts)
    expect(conflicts.length).toBeGreaterThan(0)
    expect(conflicts.filter((conflict) => !isTold(conflict))).toEqual([])
    await expectAllOnce(tabs, outcomes, 'confirmed')
  })
})
