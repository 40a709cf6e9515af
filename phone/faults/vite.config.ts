import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  base: '/faults/',
  define: { __VERSION__: '"faults"' },
  build: { emptyOutDir: true, target: 'es2022', reportCompressedSize: false },
})
