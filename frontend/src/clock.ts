import { island } from './islands'

const hour = new Intl.DateTimeFormat('vi-VN', {
  timeZone: 'Asia/Ho_Chi_Minh', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
})
const day = new Intl.DateTimeFormat(document.documentElement.lang || 'vi', {
  timeZone: 'Asia/Ho_Chi_Minh', weekday: 'long', day: '2-digit', month: '2-digit', year: 'numeric',
})

// The server's time, not the desk's: an old computer's clock is often wrong, and deadlines are counted by the server.
island('time[data-clock]', (element) => {
  const ahead = Date.parse(element.getAttribute('datetime') ?? '') - Date.now() || 0
  const [time, date] = [element.querySelector('[data-clock-time]'), element.querySelector('[data-clock-day]')]
  let timer = 0
  const tick = (): void => {
    const now = new Date(Date.now() + ahead)
    element.setAttribute('datetime', now.toISOString())
    if (time) time.textContent = hour.format(now)
    if (date) date.textContent = day.format(now)
    timer = window.setTimeout(tick, 60_000 - (now.getTime() % 60_000))
  }
  tick()
  return () => clearTimeout(timer)
})
