/** Addresses of the pages: behind a #, so that a reload finds them without the server's help. */
import { createRouter, createWebHashHistory } from 'vue-router'
import { does, setting } from './store/settings'

export const router = createRouter({
  history: createWebHashHistory('/m/'),
  scrollBehavior: (to, _, saved) => saved ?? (to.query.at ? false : { top: 0 }),
  routes: [
    { path: '/', component: () => import('./pages/Today.vue') },
    { path: '/sign-in', component: () => import('./pages/SignIn.vue'), meta: { isOpen: true } },
    { path: '/scan', component: () => import('./pages/Scan.vue') },
    { path: '/queue', component: () => import('./pages/Queue.vue') },
    { path: '/me', component: () => import('./pages/Me.vue') },
    { path: '/visit/:id', component: () => import('./pages/Visit.vue'), props: true, meta: { isVisit: true } },
    { path: '/visit/:id/review', component: () => import('./pages/Review.vue'), props: true, meta: { isVisit: true } },
    { path: '/tickets', component: () => import('./pages/Tickets.vue') },
    { path: '/tickets/:id', component: () => import('./pages/Ticket.vue'), props: true, meta: { isVisit: true } },
    { path: '/record/:id', component: () => import('./pages/Record.vue'), props: true },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta.isOpen === true) return true
  const session = await setting('session')
  if (!session) return '/sign-in'
  // Who inspects nothing has no day's list.
  return to.path === '/' && !does(session, 'inspections') ? '/tickets' : true
})
