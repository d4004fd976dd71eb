import { fileURLToPath } from 'node:url'
import { defaultClientConditions, defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

/** Builds the demo. It imports `@larder/sdk/...` as any app does; the condition makes that mean the sources. */
export default defineConfig({
  root: fileURLToPath(new URL('demo', import.meta.url)),
  resolve: {
    alias: { react: 'preact/compat' },
    conditions: ['larder-source', ...defaultClientConditions],
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // As docs/opening.md says.
  worker: { format: 'es', rolldownOptions: { output: { postBanner: '//# allFunctionsCalledOnLoad' } } },
  build: {
    outDir: fileURLToPath(new URL('dist-demo', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
  },
  plugins: [
    VitePWA({
      // The page asks before it updates: a reload in the middle of typing loses what was typed.
      registerType: 'prompt',
      injectRegister: false,
      includeManifestIcons: false,
      manifest: {
        id: '/',
        name: 'Larder',
        short_name: 'Larder',
        description: 'Log what you eat, online or not.',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        background_color: '#f4f2ea',
        theme_color: '#f4f2ea',
        icons: [
          { src: '/icon.svg', type: 'image/svg+xml', sizes: 'any' },
          { src: '/icon-192.png', type: 'image/png', sizes: '192x192' },
          { src: '/icon-512.png', type: 'image/png', sizes: '512x512' },
          { src: '/icon-maskable-512.png', type: 'image/png', sizes: '512x512', purpose: 'maskable' },
        ],
      },
      workbox: {
        // The shell, the worker's chunk and the foods: all that the app needs to start without a network.
        globPatterns: ['**/*.{html,js,css,json,svg,png,woff2}'],
        navigateFallback: '/index.html',
        navigateFallbackDenylist: [/^\/sync(\/|$)/],
        cleanupOutdatedCaches: true,
      },
      devOptions: { enabled: false },
    }),
  ],
})
