/** What a mounted island leaves behind: called when its element goes away. */
export type Leave = () => void
type Mount = (element: HTMLElement) => Leave | void

const kinds: [selector: string, mount: Mount][] = []
const mounted = new Map<HTMLElement, Leave | null>()

function visit(root: ParentNode, [selector, mount]: [string, Mount]): void {
  const found = [...root.querySelectorAll<HTMLElement>(selector)]
  if (root instanceof HTMLElement && root.matches(selector)) found.push(root)
  for (const element of found) {
    if (!mounted.has(element)) mounted.set(element, mount(element) ?? null)
  }
}

/** Mounts on every element that matches, now and whenever htmx brings one in. An element belongs to one island. */
export function island(selector: string, mount: Mount): void {
  kinds.push([selector, mount])
  visit(document, [selector, mount])
}

new MutationObserver((changes) => {
  for (const change of changes) {
    for (const node of change.addedNodes) {
      if (node instanceof HTMLElement) for (const kind of kinds) visit(node, kind)
    }
  }
  for (const [element, leave] of mounted) {
    if (!element.isConnected) {
      mounted.delete(element)
      leave?.()
    }
  }
}).observe(document.documentElement, { childList: true, subtree: true })

/** Runs `mount` once the element comes near the screen; the chart and map libraries load only then. */
export function whenSeen(element: HTMLElement, mount: () => Promise<Leave>): Leave {
  let leave: Leave | undefined
  let gone = false
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return
    observer.disconnect()
    mount().then((done) => {
      if (gone) done()
      else leave = done
    }, (error: unknown) => {
      // The drawing is a comfort; the table behind it has the same numbers.
      console.error(error)
      element.classList.add('island-failed')
      element.querySelector('details')?.setAttribute('open', '')
    })
  }, { rootMargin: '200px' })
  observer.observe(element)
  return () => {
    gone = true
    observer.disconnect()
    leave?.()
  }
}

/** Told on the document once parts of the page were made anew. */
export const RENEWED = 'live:renewed'

/** Runs `renew` whenever the server's JSON in the element has changed; the element itself stays. */
export function whenData(element: HTMLElement, renew: () => void): Leave {
  // A swap puts another script in the place of the one that was there: there is nothing to observe.
  const told = (): string => element.querySelector('script[type="application/json"]')?.textContent ?? ''
  let known = told()
  const look = (): void => {
    const now = told()
    if (now === known) return
    known = now
    renew()
  }
  document.addEventListener(RENEWED, look)
  return () => document.removeEventListener(RENEWED, look)
}

/** The JSON that the server put into the element. */
export function dataOf<T>(element: HTMLElement): T {
  return JSON.parse(element.querySelector('script[type="application/json"]')?.textContent ?? 'null') as T
}
