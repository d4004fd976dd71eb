import { Component, createElement, type ReactNode } from 'react'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { isLarderError } from '../../src/errors.ts'
import { defineEvent } from '../../src/event/define-event.ts'
import { defineProjection } from '../../src/projection/define-projection.ts'
import { LarderProvider } from '../../src/react/context.ts'
import { useCommits, useDeadLetters, useSyncStatus } from '../../src/react/use-status.ts'
import { useView, useViewState } from '../../src/react/use-view.ts'
import { useViewRange } from '../../src/react/use-view-range.ts'
import { act, mount } from './page.ts'
import { quiet, stubLarder } from './stub-larder.ts'

const Counted = defineEvent('Counted', { schema: z.object({ day: z.string() }), stream: () => 'counter' })
const perDay = defineProjection('perDay', {
  version: 1,
  events: [Counted],
  key: (event) => event.data.day,
  initial: () => ({ count: 0 }),
  evolve: { Counted: (state) => ({ count: state.count + 1 }) },
})
const inAll = defineProjection('inAll', {
  version: 1,
  events: [Counted],
  initial: () => ({ count: 0 }),
  evolve: { Counted: (state) => ({ count: state.count + 1 }) },
})

function Day({ day, layer }: { day: string; layer?: 'all' | 'confirmed' }) {
  const state = useView(perDay, day, layer === undefined ? {} : { layer })
  return createElement('p', null, `${day}: ${state === undefined ? 'loading' : state.count}`)
}

class Boundary extends Component<{ children?: ReactNode }, { caught: unknown }> {
  override state: { caught: unknown } = { caught: undefined }
  static getDerivedStateFromError(caught: unknown) {
    return { caught }
  }
  override render() {
    const { caught } = this.state
    if (caught === undefined) return this.props.children
    return isLarderError(caught, 'argument') ? caught.message : String(caught)
  }
}

describe('useView', () => {
  test('is undefined until the first state, and then follows every change', async () => {
    const { larder, sources } = stubLarder()
    const page = await mount(createElement(LarderProvider, { larder }, createElement(Day, { day: '2026-11-23' })))
    expect(page.text()).toBe('2026-11-23: loading')

    await act(() => sources.subject('perDay/2026-11-23/all').next({ count: 1 }))
    expect(page.text()).toBe('2026-11-23: 1')

    await act(() => sources.subject('perDay/2026-11-23/all').next({ count: 2 }))
    expect(page.text()).toBe('2026-11-23: 2')
    await page.unmount()
  })

  test('subscribes once for a component, however often it renders, and lets go when it leaves', async () => {
    const { larder, sources } = stubLarder()
    const app = () => createElement(LarderProvider, { larder }, createElement(Day, { day: '2026-11-23' }))
    const page = await mount(app())
    await page.render(app())
    await act(() => sources.subject('perDay/2026-11-23/all').next({ count: 1 }))
    await page.render(app())

    expect(sources.subscribed.get('perDay/2026-11-23/all')).toBe(1)
    await page.unmount()
    expect(sources.listening.get('perDay/2026-11-23/all')).toBe(0)
  })

  test('never shows the state of one key under another', async () => {
    const { larder, sources } = stubLarder()
    const seen: string[] = []
    const Watched = ({ day }: { day: string }) => {
      const state = useView(perDay, day)
      seen.push(`${day}: ${state?.count}`)
      return null
    }
    const app = (day: string) => createElement(LarderProvider, { larder }, createElement(Watched, { day }))
    const page = await mount(app('2026-11-22'))
    await act(() => sources.subject('perDay/2026-11-22/all').next({ count: 9 }))
    await page.render(app('2026-11-23'))

    expect(seen.filter((line) => line.startsWith('2026-11-23'))).not.toContain('2026-11-23: 9')
    expect(seen.at(-1)).toBe('2026-11-23: undefined')
    expect(sources.listening.get('perDay/2026-11-22/all')).toBe(0)
    await act(() => sources.subject('perDay/2026-11-23/all').next({ count: 3 }))
    expect(seen.at(-1)).toBe('2026-11-23: 3')
    await page.unmount()
  })

  test('tells the confirmed layer from what is pending', async () => {
    const { larder, sources } = stubLarder()
    const page = await mount(
      createElement(LarderProvider, { larder }, createElement(Day, { day: '2026-11-23', layer: 'confirmed' })),
    )
    await act(() => sources.subject('perDay/2026-11-23/all').next({ count: 5 }))
    expect(page.text()).toBe('2026-11-23: loading')
    await act(() => sources.subject('perDay/2026-11-23/confirmed').next({ count: 4 }))
    expect(page.text()).toBe('2026-11-23: 4')
    await page.unmount()
  })

  test('reads a projection without keys', async () => {
    const { larder, sources } = stubLarder()
    const All = () => createElement('p', null, String(useView(inAll)?.count))
    const page = await mount(createElement(LarderProvider, { larder }, createElement(All, null)))
    await act(() => sources.subject('inAll//all').next({ count: 7 }))
    expect(page.text()).toBe('7')
    await page.unmount()
  })

  test('shows two readers of one view the same state in every render', async () => {
    const { larder, sources } = stubLarder()
    const pairs: string[] = []
    const Both = () => {
      const first = useView(perDay, '2026-11-23')
      const second = useView(perDay, '2026-11-23')
      pairs.push(`${first?.count}/${second?.count}`)
      return null
    }
    const page = await mount(createElement(LarderProvider, { larder }, createElement(Both, null)))
    for (const count of [1, 2, 3]) {
      await act(() => sources.subject('perDay/2026-11-23/all').next({ count }))
      expect(pairs.at(-1)).toBe(`${count}/${count}`)
    }
    await page.unmount()
  })

  test('hands an observable that failed to the error boundary', async () => {
    const { larder, sources } = stubLarder()
    const page = await mount(
      createElement(
        LarderProvider,
        { larder },
        createElement(Boundary, null, createElement(Day, { day: '2026-11-23' })),
      ),
    )
    await act(() => sources.subject('perDay/2026-11-23/all').error(new Error('the worker is gone')))
    expect(page.text()).toBe('Error: the worker is gone')
    await page.unmount()
  })

  test('says what to do when there is no provider', async () => {
    const page = await mount(createElement(Boundary, null, createElement(Day, { day: '2026-11-23' })))
    expect(page.text()).toContain('wrap the app in <LarderProvider')
    await page.unmount()
  })
})

describe('useViewState', () => {
  test('carries the phase beside the state', async () => {
    const { larder, sources } = stubLarder()
    const Phase = () => {
      const view = useViewState(perDay, '2026-11-23')
      return createElement('p', null, view === undefined ? 'loading' : `${view.phase} ${view.state.count}`)
    }
    const page = await mount(createElement(LarderProvider, { larder }, createElement(Phase, null)))
    expect(page.text()).toBe('loading')
    await act(() =>
      sources.subject('perDay/2026-11-23/all').next({ phase: 'faulted', state: { count: 2 }, error: undefined }),
    )
    expect(page.text()).toBe('faulted 2')
    await page.unmount()
  })
})

describe('useSyncStatus, useCommits and useDeadLetters', () => {
  test('a status that is known at once is shown at once', async () => {
    const { larder, status } = stubLarder()
    const Status = () => createElement('p', null, useSyncStatus()?.state ?? 'loading')
    const page = await mount(createElement(LarderProvider, { larder }, createElement(Status, null)))
    expect(page.text()).toBe('idle')
    await act(() => status.next({ ...quiet, state: 'offline' }))
    expect(page.text()).toBe('offline')
    await page.unmount()
  })

  test('the fate of an event is followed from pending to confirmed', async () => {
    const { larder, commits } = stubLarder()
    const Fate = () => {
      const fates = useCommits()
      return createElement('p', null, fates === undefined ? 'loading' : (fates.get('event-1')?.state ?? 'confirmed'))
    }
    const page = await mount(createElement(LarderProvider, { larder }, createElement(Fate, null)))
    expect(page.text()).toBe('loading')
    await act(() => commits.next(new Map([['event-1', { state: 'pending', commitId: 'commit-1' }]])))
    expect(page.text()).toBe('pending')
    await act(() => commits.next(new Map()))
    expect(page.text()).toBe('confirmed')
    await page.unmount()
  })

  test('dead letters are listed, and a new store brings its own', async () => {
    const first = stubLarder()
    const second = stubLarder()
    const Count = () => createElement('p', null, String(useDeadLetters()?.length ?? 'loading'))
    const page = await mount(createElement(LarderProvider, { larder: first.larder }, createElement(Count, null)))
    await act(() => first.letters.next([]))
    expect(page.text()).toBe('0')
    await page.render(createElement(LarderProvider, { larder: second.larder }, createElement(Count, null)))
    expect(page.text()).toBe('loading')
    expect(first.sources.listening.get('letters')).toBe(0)
    await page.unmount()
  })
})

describe('useViewRange', () => {
  test('follows all states of a range, subscribes once for it, and never shows those of another', async () => {
    const { larder, sources } = stubLarder()
    const Days = ({ from }: { from: string }) => {
      const days = useViewRange(perDay, { from, to: '9' })
      return createElement(
        'p',
        null,
        days === undefined ? 'loading' : [...days].map(([day, { count }]) => `${day}: ${count}`).join(),
      )
    }
    const app = (from: string) => createElement(LarderProvider, { larder }, createElement(Days, { from }))
    const page = await mount(app('1'))
    expect(page.text()).toBe('loading')
    await act(() =>
      sources.subject('perDay/1–9').next(
        new Map([
          ['1', { count: 1 }],
          ['2', { count: 5 }],
        ]),
      ),
    )
    await page.render(app('1'))
    expect([page.text(), sources.subscribed.get('perDay/1–9')]).toEqual(['1: 1,2: 5', 1])
    await page.render(app('2'))
    expect([page.text(), sources.listening.get('perDay/1–9')]).toEqual(['loading', 0])
    await act(() => sources.subject('perDay/2–9').next(new Map([['2', { count: 6 }]])))
    expect(page.text()).toBe('2: 6')
    await page.unmount()
    expect(sources.listening.get('perDay/2–9')).toBe(0)
  })
})
