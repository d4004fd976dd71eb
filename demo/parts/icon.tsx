const paths = {
  alert: 'M12 4 2.8 19.5h18.4zM12 10v4.5M12 17h.01',
  apple:
    'M12 8.2c-2.2-2-7.3-1.2-7.3 4.6 0 3.9 2.7 8 4.9 8 1 0 1.4-.5 2.4-.5s1.4.5 2.4.5c2.2 0 4.9-4.1 4.9-8 0-5.8-5.1-6.6-7.3-4.6zM12 8.2c0-2.2 1.1-4.2 3.2-4.7',
  bolt: 'M13 2.5 5.5 13.5h5.5l-1 8L18.5 10H13z',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2',
  close: 'm6 6 12 12M18 6 6 18',
  cloud: 'M7 18.5h10.3a4.2 4.2 0 0 0 .7-8.34A6.2 6.2 0 0 0 6.2 9.2 4.7 4.7 0 0 0 7 18.5z',
  cloudCheck: 'M7 18.5h10.3a4.2 4.2 0 0 0 .7-8.34A6.2 6.2 0 0 0 6.2 9.2 4.7 4.7 0 0 0 7 18.5zM9.2 13l2 2 3.6-3.8',
  cloudOff: 'm3.5 3.5 17 17M9.5 5.7a6.2 6.2 0 0 1 8.5 4.46 4.2 4.2 0 0 1 2.3 7.1M6.4 9a4.7 4.7 0 0 0 .6 9.5h10.3',
  cloudUp:
    'M7 18.5h10.3a4.2 4.2 0 0 0 .7-8.34A6.2 6.2 0 0 0 6.2 9.2 4.7 4.7 0 0 0 7 18.5zM12 16v-5M9.7 12.8 12 10.5l2.3 2.3',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  device:
    'M8 2.5h8A1.5 1.5 0 0 1 17.5 4v16a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 20V4A1.5 1.5 0 0 1 8 2.5zM11 18.5h2',
  down: 'm5.5 9.5 6.5 6.5 6.5-6.5',
  left: 'm14.5 5-7 7 7 7',
  minus: 'M5 12h14',
  moon: 'M20 14.3A8.3 8.3 0 0 1 9.7 4 8.5 8.5 0 1 0 20 14.3z',
  pause: 'M9 5.5v13M15 5.5v13',
  pencil: 'M4 20h4L19.5 8.5l-4-4L4 16zM13 7l4 4',
  play: 'm7.5 5 11 7-11 7z',
  plus: 'M12 5v14M5 12h14',
  refresh: 'M19.5 11a7.6 7.6 0 0 0-13.6-3.6L4 9.5M4 5v4.5h4.5M4.5 13a7.6 7.6 0 0 0 13.6 3.6L20 14.5M20 19v-4.5h-4.5',
  right: 'm9.5 5 7 7-7 7',
  search: 'M10.8 4a6.8 6.8 0 1 0 0 13.6 6.8 6.8 0 0 0 0-13.6zM15.8 15.8 20.5 20.5',
  shield: 'M12 3l7.5 2.7v5.8c0 4.3-3 7.6-7.5 9-4.5-1.4-7.5-4.7-7.5-9V5.7zM9 12l2.2 2.2 4-4.2',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4',
  sunrise: 'M12 3v4.5M5.2 10.2l1.4 1.4M18.8 10.2l-1.4 1.4M2.5 18h19M6.5 18a5.5 5.5 0 0 1 11 0M9.5 5.5 12 3l2.5 2.5',
  target: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 12h.01',
  today:
    'M8 3v3.5M16 3v3.5M4 10h16M5.5 5h13A1.5 1.5 0 0 1 20 6.5v12a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18.5v-12A1.5 1.5 0 0 1 5.5 5z',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10.3 11v5M13.7 11v5',
} as const

export type IconName = keyof typeof paths

/** A drawing beside words that say the same, so a screen reader passes over it. `size` is in px where text has its usual size. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  // It grows with the text beside it.
  const side = `${size / 16}rem`
  return (
    <svg class="icon" width={side} height={side} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
