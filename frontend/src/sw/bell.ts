/** What a push service sends becomes a notification, and a tap on it the page that it is about. */

declare const self: ServiceWorkerGlobalScope

interface Pushed {
  kind: string
  title: string
  body: string
  tag: string
  url: string
  urgent?: boolean
}

/** Show what is pushed, with this icon. The page that is open already is told `{ type: 'open', url }`. */
export function ringBell(icon: string): void {
  self.addEventListener('push', (event) => {
    const said = event.data?.json() as Pushed | undefined
    if (!said) return
    const options: NotificationOptions & { vibrate: number[]; renotify: boolean } = {
      body: said.body,
      tag: said.tag,
      renotify: true,
      requireInteraction: said.urgent ?? false,
      icon,
      badge: '/worker/badge-96.png',
      vibrate: [220, 90, 220, 90, 420],
      data: { url: said.url },
    }
    event.waitUntil(self.registration.showNotification(said.title, options))
  })

  self.addEventListener('notificationclick', (event) => {
    event.notification.close()
    const { url } = event.notification.data as { url: string }
    const show = async (): Promise<void> => {
      const [open] = await self.clients.matchAll({ type: 'window' })
      if (!open) return void (await self.clients.openWindow(url))
      open.postMessage({ type: 'open', url })
      await open.focus()
    }
    event.waitUntil(show())
  })
}
