import { domToPng } from 'modern-screenshot'
import { token } from '../tokens'

/** The font of the page as a rule that carries the font itself: a picture may load nothing. */
async function font(): Promise<string> {
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      const address = rule instanceof CSSFontFaceRule ? /url\(["']?([^"')]+)/.exec(rule.cssText)?.[1] : undefined
      if (!address) continue
      const bytes = await (await fetch(new URL(address, sheet.href ?? location.href))).blob()
      const data = await new Promise<string>((done) => {
        const reader = new FileReader()
        reader.onload = () => done(String(reader.result))
        reader.readAsDataURL(bytes)
      })
      return rule.cssText.replace(address, data)
    }
  }
  return ' '
}

const LIMIT = 16_000 // pixels a canvas may be high in every browser

/** Saves a part of the page as it stands as a PNG; what is for the screen only, as buttons and forms, is left out. */
export async function save(place: HTMLElement, name: string): Promise<void> {
  const scale = Math.min(2, LIMIT / place.scrollHeight)
  // Charts and maps that never came into view are not drawn yet: they load when they are scrolled to.
  const drawn = place.querySelectorAll<HTMLElement>('[data-chart], [data-map]')
  const at = window.scrollY
  for (const each of drawn) {
    each.scrollIntoView({ block: 'center', behavior: 'instant' })
    await new Promise((done) => setTimeout(done, 120))
  }
  window.scrollTo({ top: at, behavior: 'instant' })
  await new Promise((done) => setTimeout(done, 600))
  const url = await domToPng(place, {
    scale,
    // Its own way to find the font makes a style element, which our content security policy refuses.
    font: { cssText: await font() },
    backgroundColor: token('--bg'),
    filter: (node) => !(node instanceof Element && node.matches('.actions, .filter-bar, .messages, .live-mark, dialog')),
  })
  const link = document.createElement('a')
  link.href = url
  link.download = `${name}.png`
  link.click()
}
