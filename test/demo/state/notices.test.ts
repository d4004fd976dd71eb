import { beforeEach, expect, test } from 'vitest'
import { dismiss, dismissAbout, type Notice, notices, notify, notifyProblem } from '../../../demo/state/notices.ts'

beforeEach(() => notices.set([]))

/** From the bottom up; one that is gone and only keeps its place is in brackets. */
function seen(): readonly string[] {
  return notices.get().map(({ text, gone }) => (gone ? `(${text})` : text))
}

function idOf(text: string): Notice['id'] {
  const notice = notices.get().find((each) => each.text === text)
  if (notice === undefined) throw new Error(`${text} is not there.`)
  return notice.id
}

test('what the person did last takes the place of what was done before', () => {
  notify('Logged Soup')
  notify('Logged Apple')
  expect(seen()).toEqual(['Logged Apple'])
})

test('what comes by itself stands on what may be about to be undone, and stays where it is', () => {
  notify('Logged Soup')
  notify('The server refused Feast', { about: 'refusal' })
  expect(seen()).toEqual(['Logged Soup', 'The server refused Feast'])
  notify('Logged Apple')
  expect(seen()).toEqual(['Logged Apple', 'The server refused Feast'])
  notify('The server refused Stew', { about: 'refusal' })
  expect(seen()).toEqual(['Logged Apple', 'The server refused Stew'])
})

test('one that goes keeps its place for as long as another stands on it', () => {
  notify('Logged Soup')
  notify('A new version is ready', { about: 'update', forMs: undefined })
  dismiss(idOf('Logged Soup'))
  expect(seen()).toEqual(['(Logged Soup)', 'A new version is ready'])
  notify('Logged Apple')
  expect(seen()).toEqual(['Logged Apple', 'A new version is ready'])
  dismiss(idOf('Logged Apple'))
  dismiss(idOf('A new version is ready'))
  expect(seen()).toEqual([])
})

test('what was dealt with is no news any more, and leaves no gap under what is said of that', () => {
  notify('The server refused Feast', { about: 'refusal' })
  dismissAbout('refusal')
  notify('Sending Feast again')
  expect(seen()).toEqual(['Sending Feast again'])
})

test('each problem stays until it is closed', () => {
  notifyProblem('Not saved', new Error('The disk is full.'))
  notifyProblem('Not sent', new Error('The letter is gone.'))
  notify('Logged Soup')
  expect(seen()).toEqual(['Not saved: The disk is full.', 'Not sent: The letter is gone.', 'Logged Soup'])
})
