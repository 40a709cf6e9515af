import type { ManifestOptions } from 'vite-plugin-pwa'

const manifest: Partial<ManifestOptions> = {
  id: '/m/',
  name: '责任田 现场检查',
  short_name: '责任田',
  description: '垃圾分类现场检查：没有网络也能用，联网自动上传',
  lang: 'zh-CN',
  start_url: '/m/',
  scope: '/m/',
  display: 'standalone',
  orientation: 'portrait',
  background_color: '#f7f8fa',
  theme_color: '#116b3a',
  icons: [
    { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
    { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
    { src: 'icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
  ],
}

export default manifest
