import { text } from './text'

// The PNG and print buttons of a board.
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>('[data-picture], [data-print]') : null
  if (!button) return
  if ('print' in button.dataset) {
    window.print()
    return
  }
  const place = document.querySelector<HTMLElement>('main')
  if (!place) return
  button.disabled = true
  import('./picture')
    .then(({ save }) => save(place, button.dataset.picture || 'toan-canh'))
    .catch((error: unknown) => {
      console.error(error)
      button.title = text('notShown')
    })
    .finally(() => { button.disabled = false })
})
