import { text } from './text'

/** Says something to the user, for the eye and for a screen reader. */
function tell(sentence: string): void {
  const place = document.querySelector('#notices')
  if (!place) return
  const line = document.createElement('li')
  line.className = 'message message-error'
  line.textContent = sentence
  place.replaceChildren(line)
}

document.addEventListener('htmx:before:response', (event) => {
  // The session ended: fetch followed the redirect, and the login page must not land inside a card.
  const reply = event.detail.ctx.response?.raw
  if (reply?.redirected && new URL(reply.url).pathname.startsWith('/login')) {
    event.preventDefault()
    location.reload()
  }
})

document.addEventListener('htmx:error', () => tell(text('noReply')))
document.addEventListener('htmx:response:error', (event) => {
  // 4xx and 5xx answers that are swapped in speak for themselves; these are not (htmx-config in base.html).
  const status = event.detail.ctx.response?.status ?? 0
  if (status >= 500 || [401, 403, 404].includes(status)) tell(text(status >= 500 ? 'noReply' : 'notShown'))
})
