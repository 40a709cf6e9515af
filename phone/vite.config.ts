import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { VitePWA } from 'vite-plugin-pwa'

import manifest from './manifest'
import pack from './package.json' with { type: 'json' }

export default defineConfig({
  base: '/m/',
  define: { __VERSION__: JSON.stringify(pack.version) },
  plugins: [
    vue(),
    VitePWA({
      // The new version waits until the inspector asks for it: parts/update.ts.
      registerType: 'prompt',
      injectRegister: false,
      manifest,
      // Claimed at once: the very first page, too, finds its parts offline and can be updated without a restart.
      workbox: { globPatterns: ['**/*.{js,css,html,svg,png,webmanifest}'], navigateFallback: 'index.html', clientsClaim: true },
    }),
  ],
  build: {
    outDir: '../zerentian/field/phone/m',
    emptyOutDir: true,
    target: ['es2020', 'chrome80', 'safari14'],
    cssTarget: ['chrome80', 'safari14'],
    chunkSizeWarningLimit: 400,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
  test: { environment: 'happy-dom', setupFiles: ['./test.setup.ts'], testTimeout: 60_000 },
})
