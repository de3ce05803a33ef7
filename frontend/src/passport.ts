import htmx from 'htmx.org'
import { text } from './text'

const dialog = document.querySelector<HTMLDialogElement>('#passport')

async function open(link: HTMLAnchorElement): Promise<void> {
  const body = dialog?.querySelector<HTMLElement>('[data-passport-body]')
  const page = dialog?.querySelector<HTMLAnchorElement>('[data-passport-page]')
  if (!dialog || !body) return
  if (page) page.href = link.href
  body.replaceChildren()
  body.setAttribute('aria-busy', 'true')
  if (!dialog.open) dialog.showModal()
  await htmx.ajax('GET', link.pathname + link.search, { target: body, swap: 'innerHTML' })
  body.removeAttribute('aria-busy')
  if (!body.hasChildNodes()) body.textContent = text('notShown')
}

document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
  if (!(event.target instanceof Element)) return
  const link = event.target.closest<HTMLAnchorElement>('a.figure-link')
  if (link && dialog) {
    event.preventDefault()
    void open(link)
  } else if (event.target === dialog) {
    dialog.close() // A click on the dialog itself, not on anything in it, is a click on its backdrop.
  }
})
