import htmx from 'htmx.org'
import { RENEWED } from './islands'
import { text } from './text'

const root = document.querySelector<HTMLElement>('[data-live]')
const mark = document.querySelector<HTMLElement>('[data-live-mark]')

const LEAST = 700 // milliseconds between two questions: what arrives meanwhile is asked for together
const AGES = 60_000 // milliseconds in which what says how long ago something was grows old
const clock = new Intl.DateTimeFormat('vi-VN', {
  timeZone: 'Asia/Ho_Chi_Minh', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
})

function state(name: 'on' | 'off', at?: Date): void {
  if (!mark) return
  mark.hidden = false
  mark.dataset.state = name
  mark.textContent = name === 'off' ? text('liveLost') : at ? `${text('live')} ${clock.format(at)}` : text('live')
}

/** Asks for the parts of the page that differ from those it has, once at a time. */
function asker(place: HTMLElement): () => void {
  let asked = 0
  let asking = false
  let again = false
  let timer = 0

  const ask = async (): Promise<void> => {
    timer = 0
    if (document.hidden) {
      again = true
      return
    }
    asking = true
    again = false
    asked = performance.now()
    const parts = [...document.querySelectorAll<HTMLElement>('[data-part]')]
    const known = parts.map((part) => `${part.id}:${part.dataset.part ?? ''}`).join(',')
    const address = place.dataset.live ?? ''
    try {
      await htmx.ajax('GET', `${address}${address.includes('?') ? '&' : '?'}known=${known}`, { source: place, swap: 'none' })
      document.dispatchEvent(new Event(RENEWED))
      state('on', new Date())
    } finally {
      asking = false
      if (again) soon()
    }
  }
  const soon = (): void => {
    again = true
    if (!asking && !timer) timer = window.setTimeout(() => void ask(), Math.max(0, asked + LEAST - performance.now()))
  }
  document.addEventListener('visibilitychange', () => { if (!document.hidden && again) soon() })
  return soon
}

if (root) {
  const renew = asker(root)
  const heard = new Set((root.dataset.hears ?? '').split(' '))
  const stream = new EventSource('/api/v1/stream')
  stream.addEventListener('open', () => state('on'))
  // What was told between the making of the page and now; later, the server tells what was missed.
  stream.addEventListener('open', renew, { once: true })
  stream.addEventListener('error', () => state('off'))
  stream.addEventListener('renew', renew)
  stream.addEventListener('records.changed', (event) => {
    const { record_type: kind } = JSON.parse((event as MessageEvent<string>).data) as { record_type: string }
    if (heard.has(kind)) renew()
  })
  for (const topic of ['alerts', 'cases', 'sources']) {
    if (heard.has(topic)) stream.addEventListener(`${topic}.changed`, renew)
  }
  window.setInterval(renew, AGES)
  window.addEventListener('pagehide', () => stream.close())
}
