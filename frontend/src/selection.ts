import { RENEWED } from './islands'

/** Keeps what was ticked in a list that is made anew by itself, and says how many are ticked. */
const form = document.querySelector<HTMLFormElement>('[data-selection]')

if (form) {
  const chosen = new Set<string>()
  const said = form.querySelector<HTMLElement>('[data-selected]')
  const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>('[data-select]')]
  const say = (): void => {
    if (said) said.textContent = chosen.size ? `✓ ${chosen.size}` : ''
  }
  document.addEventListener('change', (event) => {
    const box = event.target
    if (!(box instanceof HTMLInputElement) || box.dataset.select === undefined) return
    if (box.checked) chosen.add(box.value)
    else chosen.delete(box.value)
    say()
  })
  document.addEventListener(RENEWED, () => {
    const there = new Set<string>()
    for (const box of boxes()) {
      box.checked = chosen.has(box.value)
      there.add(box.value)
    }
    for (const value of chosen) if (!there.has(value)) chosen.delete(value)
    say()
  })
}
