import { createApp } from 'vue'
import App from './App.vue'
import { listenForUpdates } from './parts/update'
import { router } from './router'
import { startSync } from './sync/engine'
import { persist } from './sync/mode'
import './style.css'

createApp(App).use(router).mount('#app')
startSync()
listenForUpdates()
void persist()
