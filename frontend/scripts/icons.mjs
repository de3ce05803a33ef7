// One sprite of the Tabler icons named in src/icons.txt; the name ends in -filled for the filled drawing.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const here = (path) => new URL(`../${path}`, import.meta.url)
const names = readFileSync(here('src/icons.txt'), 'utf8').split('\n').filter(Boolean)

const symbols = names.map((name) => {
  const filled = name.endsWith('-filled')
  const file = here(`node_modules/@tabler/icons/icons/${filled ? 'filled' : 'outline'}/${name.replace(/-filled$/, '')}.svg`)
  const drawing = readFileSync(file, 'utf8').replace(/^.*?<svg[^>]*>|<\/svg>\s*$/gs, '')
    .replace(/<path stroke="none"[^>]*\/>/g, '').replace(/\s*\n\s*/g, '').replaceAll(' />', '/>')
  const paint = filled ? 'fill="currentColor"'
    : 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
  return `<symbol id="${name}" viewBox="0 0 24 24" ${paint}>${drawing}</symbol>`
})
mkdirSync(here('.vite/'), { recursive: true })
writeFileSync(here('.vite/icons.svg'), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`)
