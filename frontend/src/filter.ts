import { island } from './islands'

const TYPING_PAUSE_MS = 500

// A form[data-filter] submits itself when a choice changes; without a script its button does.
island('form[data-filter]', (element) => {
  const form = element as HTMLFormElement
  const button = form.querySelector<HTMLElement>('[data-filter-submit]')
  if (button) button.hidden = true
  let timer = 0
  const submit = (): void => {
    clearTimeout(timer)
    form.requestSubmit()
  }
  form.addEventListener('change', submit)
  form.addEventListener('input', (event) => {
    if (!(event.target instanceof HTMLInputElement) || event.target.type !== 'search') return
    clearTimeout(timer)
    timer = window.setTimeout(submit, TYPING_PAUSE_MS)
  })
  // Empty choices stay out of the address, so that it can be read and passed on.
  form.addEventListener('formdata', (event) => {
    for (const [name, value] of [...event.formData]) if (value === '') event.formData.delete(name)
  })
  return () => clearTimeout(timer)
})
