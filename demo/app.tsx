import { useEffect, useRef } from 'preact/hooks'
import { localDay } from './format/days.ts'
import { slotAt } from './meals/slots.ts'
import { Navigation } from './parts/navigation.tsx'
import { NoticeStack } from './parts/notice-stack.tsx'
import { AddScreen } from './screens/add-screen.tsx'
import { AttentionScreen } from './screens/attention-screen.tsx'
import { GoalsScreen } from './screens/goals-screen.tsx'
import { TodayScreen } from './screens/today-screen.tsx'
import { parseRoute, type Route, useHash } from './state/route.ts'
import { useMediaQuery, WIDE } from './state/use-media-query.ts'
import { useNow } from './state/use-now.ts'
import { useRefusalNotice } from './state/use-refusal-notice.ts'
import { device } from './store.ts'

const titles: Readonly<Record<Route['screen'], string>> = {
  today: 'Today',
  add: 'Add food',
  goals: 'Goals',
  attention: 'Sync',
}

export function App() {
  const hash = useHash()
  const route = parseRoute(hash)
  const main = useRef<HTMLElement>(null)
  useArrival(hash, route.screen, main)
  useRefusalNotice()
  return (
    <div class="shell">
      <button type="button" class="skip-link" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <Navigation route={route} device={device} />
      <main id="main" class={`screen screen-${route.screen}`} ref={main} tabIndex={-1}>
        <Screen route={route} />
      </main>
      <NoticeStack />
    </div>
  )
}

function Screen({ route }: { route: Route }) {
  const wide = useMediaQuery(WIDE)
  const now = new Date(useNow(60_000))
  const today = localDay(now)
  switch (route.screen) {
    case 'goals':
      return <GoalsScreen />
    case 'attention':
      return <AttentionScreen />
    case 'today':
    case 'add': {
      const day = route.day ?? today
      const slot = (route.screen === 'add' ? route.slot : undefined) ?? slotAt(now)
      const side =
        route.screen === 'add' ? <AddScreen key="add" slot={slot} day={day} today={today} wide={wide} /> : null
      if (!wide) return side ?? <TodayScreen day={day} today={today} />
      return (
        <div class="side-by-side">
          <TodayScreen day={day} today={today} />
          {side ?? <AddScreen key="add" slot={slot} day={day} today={today} wide={wide} />}
        </div>
      )
    }
  }
}

/**
 * Another screen is told to a screen reader as a new page would be: by its title, and the focus on its heading, or on the field that the
 * person came for. Another day of the same screen leaves the focus on the arrow that led there.
 */
function useArrival(hash: string, screen: Route['screen'], main: { readonly current: HTMLElement | null }): void {
  const last = useRef<{ hash: string; place: string }>()
  useEffect(() => {
    document.title = `${titles[screen]} – Larder`
    // On wide screens the day and the foods are one place.
    const place = matchMedia(WIDE).matches && screen === 'add' ? 'today' : screen
    const before = last.current
    last.current = { hash, place }
    if (before === undefined || before.hash === hash) return
    if (before.place !== place) scrollTo(0, 0)
    const cameToAdd = document.activeElement?.matches('a.slot-add, a.nav-add') === true
    if (before.place === place && !cameToAdd) return
    const field = screen === 'add' ? main.current?.querySelector<HTMLElement>('[data-arrival="true"]') : undefined
    const target = field ?? main.current?.querySelector<HTMLElement>('h1')
    target?.focus({ preventScroll: true })
  }, [hash, screen, main])
}
