import { useSyncStatus } from '@larder/sdk/react'
import { whole } from '../format/numbers.ts'
import { type Route, tabHref } from '../state/route.ts'
import { Icon, type IconName } from './icon.tsx'
import { Logo } from './logo.tsx'

const places: readonly { readonly screen: Route['screen']; readonly title: string; readonly icon: IconName }[] = [
  { screen: 'today', title: 'Today', icon: 'today' },
  { screen: 'add', title: 'Add', icon: 'plus' },
  { screen: 'goals', title: 'Goals', icon: 'target' },
  { screen: 'attention', title: 'Sync', icon: 'cloud' },
]

/** A bar at the bottom on phones, a rail at the side on wide screens. */
export function Navigation({ route, device }: { route: Route; device: string }) {
  const attention = useSyncStatus()?.needsAttention ?? 0
  return (
    <nav class="nav" aria-label="Main">
      <p class="nav-brand" aria-hidden="true">
        <Logo size={32} />
        <span>Larder</span>
      </p>
      <ul>
        {places.map((place) => (
          <li key={place.screen}>
            <a
              class={`nav-link nav-${place.screen}`}
              href={tabHref(place.screen, route)}
              aria-current={place.screen === route.screen ? 'page' : undefined}
            >
              <span class="nav-icon">
                <Icon name={place.icon} size={22} />
                {place.screen === 'attention' && attention > 0 ? (
                  <span class="badge" aria-hidden="true">
                    {whole(attention)}
                  </span>
                ) : null}
              </span>
              <span>{place.title}</span>
              {place.screen === 'attention' && attention > 0 ? (
                <span class="visually-hidden">
                  , {attention === 1 ? '1 needs attention' : `${attention} need attention`}
                </span>
              ) : null}
            </a>
          </li>
        ))}
      </ul>
      <p class="nav-device">
        <Icon name="device" size={16} />
        <span>{device}</span>
      </p>
    </nav>
  )
}
