/** The key as a subscription wants it. */
function bytes(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

const able = (): boolean => window.isSecureContext && 'serviceWorker' in navigator && 'PushManager' in window

/** What a person may know his browser by. */
function name(): string {
  const agent = navigator.userAgent
  const browser = ['Edg', 'OPR', 'coc_coc_browser', 'Firefox', 'Chrome', 'Safari'].find((each) => agent.includes(each))
  const words: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', coc_coc_browser: 'Cốc Cốc' }
  return [words[browser ?? ''] ?? browser, navigator.platform].filter(Boolean).join(', ')
}

/** Shows the form where the browser can be pushed to; it is sent with the subscription that the browser then gives. */
export function mount(element: HTMLElement): void {
  const form = element.querySelector('form')
  const worker = element.dataset.pushWorker
  if (!form || !worker || !able()) return
  element.hidden = false
  const field = (key: string): HTMLInputElement => form.elements.namedItem(key) as HTMLInputElement
  form.addEventListener('submit', (event) => {
    if (field('address').value) return
    event.preventDefault()
    const refused = element.querySelector<HTMLElement>('[data-push-refused]')
    void subscribe(worker, element.dataset.push ?? '').then((found) => {
      field('address').value = JSON.stringify(found)
      field('title').value = name()
      form.submit()
    }).catch((error: unknown) => {
      console.error(error)
      if (refused) refused.hidden = false
    })
  })
}

async function subscribe(worker: string, key: string): Promise<PushSubscription> {
  if (await Notification.requestPermission() !== 'granted') throw new Error('not permitted')
  await navigator.serviceWorker.register(worker)
  const ready = await registered(worker)
  const old = await ready.pushManager.getSubscription()
  await old?.unsubscribe() // it may be for another key
  return ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) })
}

/** The registration once its worker is active. `ready` would wait for one that controls this page; ours need not. */
async function registered(worker: string): Promise<ServiceWorkerRegistration> {
  const found = await navigator.serviceWorker.getRegistration(worker)
  if (!found) throw new Error('no service worker')
  const starting = found.installing ?? found.waiting
  if (!found.active && starting) {
    await new Promise<void>((resolve, reject) => {
      starting.addEventListener('statechange', () => {
        if (starting.state === 'activated') resolve()
        if (starting.state === 'redundant') reject(new Error('service worker failed'))
      })
    })
  }
  return found
}
