// Menus are <details class="menu">: they open without a script; this only closes them the way people expect.
const opened = (): NodeListOf<HTMLDetailsElement> => document.querySelectorAll('details.menu[open]')

document.addEventListener('click', (event) => {
  for (const menu of opened()) {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false
  }
})

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return
  for (const menu of opened()) {
    menu.open = false
    menu.querySelector('summary')?.focus()
  }
})
