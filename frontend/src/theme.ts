import { island } from './islands'
import { text } from './text'

const choices = ['auto', 'light', 'dark'] as const
type Choice = (typeof choices)[number]
const labels = { auto: 'themeAuto', light: 'themeLight', dark: 'themeDark' } as const

function current(): Choice {
  const set = document.documentElement.dataset.bsTheme
  return set === 'light' || set === 'dark' ? set : 'auto'
}

function show(button: HTMLElement): void {
  button.dataset.theme = current()
  button.title = text(labels[current()])
  button.setAttribute('aria-label', button.title)
}

island('[data-theme-button]', (button) => {
  show(button)
  button.addEventListener('click', () => {
    const next = choices[(choices.indexOf(current()) + 1) % choices.length] ?? 'auto'
    if (next === 'auto') delete document.documentElement.dataset.bsTheme
    else document.documentElement.dataset.bsTheme = next
    // The server reads it, so that the next page comes in the right colours from its first byte.
    document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`
    document.querySelectorAll<HTMLElement>('[data-theme-button]').forEach(show)
    document.dispatchEvent(new Event('themechange'))
  })
})
