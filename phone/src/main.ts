import { createApp, h } from 'vue'

createApp({ render: () => h('div') }).mount('#app')
