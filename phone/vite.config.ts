import { VantResolver } from '@vant/auto-import-resolver'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vitest/config'
import { VitePWA } from 'vite-plugin-pwa'
import type { Plugin } from 'vite'

import manifest from './manifest'
import pack from './package.json' with { type: 'json' }

/** Vant's icon font is not used: it weighs 20 KB and names a server elsewhere. */
const withoutIconFont: Plugin = {
  name: 'without-icon-font',
  enforce: 'pre',
  resolveId: (id, importer) => (id.endsWith('icon/index.css') && importer?.includes('vant') ? '\0no-icons.css' : null),
  load: (id) => (id === '\0no-icons.css' ? '' : null),
}

export default defineConfig({
  base: '/m/',
  define: { __VERSION__: JSON.stringify(pack.version) },
  plugins: [
    withoutIconFont,
    vue(),
    Components({ dirs: [], dts: false, resolvers: [VantResolver()] }),
    VitePWA({
      // The new version waits until the inspector asks for it: parts/update.ts.
      registerType: 'prompt',
      injectRegister: false,
      manifest,
      workbox: { globPatterns: ['**/*.{js,css,html,svg,png,webmanifest}'], navigateFallback: 'index.html' },
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
  test: { environment: 'happy-dom', setupFiles: ['./test.setup.ts'] },
})
