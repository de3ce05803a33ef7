// One font file for the whole product: Inter, weights 400 to 700, cut to Latin and Vietnamese.
// One file, not one per script, because kerning and line breaking stop at the border of two font files.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import subsetFont from 'subset-font'

const ranges = [
  [0x20, 0x7e], [0xa0, 0xff], [0x102, 0x103], [0x110, 0x111], [0x128, 0x129], [0x168, 0x169], [0x1a0, 0x1a1],
  [0x1af, 0x1b0], [0x300, 0x301], [0x303, 0x303], [0x309, 0x309], [0x323, 0x323], [0x1ea0, 0x1ef9],
]
const extra = '–—‘’“”„†•…‰′″€₫№™←↑→↓−≈≠≤≥Δ²³₂₃'
const text = ranges.flatMap(([from, to]) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i))).join('') + extra

const whole = readFileSync(new URL('../node_modules/inter-ui/variable/InterVariable.woff2', import.meta.url))
const cut = await subsetFont(whole, text, {
  targetFormat: 'woff2',
  // Figures in columns, kerning, and marks that land on their letter; none of the alternate shapes.
  keepFeatures: ['kern', 'tnum', 'ccmp', 'locl', 'mark', 'mkmk'],
  variationAxes: { wght: { min: 400, max: 700, default: 400 }, opsz: 14 },
})
mkdirSync(new URL('../.vite/', import.meta.url), { recursive: true })
writeFileSync(new URL('../.vite/inter.woff2', import.meta.url), cut)
