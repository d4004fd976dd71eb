/** As `public/icon.svg`, drawn in the page: before the service worker has the page, an image is asked of the network each time. */
export function Logo({ size }: { size: number }) {
  return (
    <svg class="logo" viewBox="0 0 512 512" width={`${size / 16}rem`} height={`${size / 16}rem`} aria-hidden="true">
      <rect width="512" height="512" rx="116" fill="#17492f" />
      <g fill="none" stroke-width="42" stroke-linecap="round">
        <circle cx="256" cy="256" r="158" stroke="#2f6247" />
        <path d="M256 98a158 158 0 1 1-150.3 109.200" stroke="#bdec84" />
      </g>
      <g transform="translate(256 262) rotate(-8) scale(1.3) translate(-256 -274)">
        <path d="M256 330c-58 0-76-52-62-108 62-8 118 14 118 66 0 26-22 42-56 42z" fill="#f4f8ef" />
        <path d="M218 248c28 14 50 42 62 92" fill="none" stroke="#17492f" stroke-width="12" stroke-linecap="round" />
      </g>
    </svg>
  )
}
