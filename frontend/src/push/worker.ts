/// <reference lib="webworker" />
// Shows what is pushed to this browser. It keeps nothing, and stands between no page and the server.
const scope = self as unknown as ServiceWorkerGlobalScope

interface Told {
  title: string
  body: string
  tag: string
  link: string
  urgent: boolean
}

scope.addEventListener('install', () => void scope.skipWaiting())

scope.addEventListener('push', (event) => {
  const told = event.data?.json() as Told | undefined
  if (!told) return
  const { title, body, tag, link, urgent } = told
  // The same tag takes the place of what was shown before: of a double, and of an older state of the same case.
  event.waitUntil(scope.registration.showNotification(title, { body, tag, data: link, requireInteraction: urgent }))
})

scope.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const goal = new URL(String(event.notification.data ?? '/me/notices'), scope.location.origin)
  if (goal.origin === scope.location.origin) event.waitUntil(scope.clients.openWindow(goal.href))
})

export {}
