// Lays a .br and a .gz beside every built file (WhiteNoise sends them as they are), prints what each weighs, and stops
// the build when the first page grows past its promise.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const FIRST_PAGE_LIMIT = 120 * 1024
const dist = new URL('../../src/toancanh/screens/static/dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('manifest.json', dist), 'utf8'))
const entry = manifest['src/app.ts']
const first = new Set([entry.file, manifest['.vite/icons.svg'].file, ...(entry.css ?? []), ...(entry.assets ?? []), ...(entry.imports ?? []).map((key) => manifest[key].file)])

/** Bytes as they are sent: a font is compressed already. */
function compress(file, bytes) {
  if (file.pathname.endsWith('.woff2')) return bytes.length
  const small = brotliCompressSync(bytes)
  writeFileSync(new URL(`${file}.br`), small)
  writeFileSync(new URL(`${file}.gz`), gzipSync(bytes, { level: 9 }))
  return small.length
}

let total = 0
for (const name of readdirSync(new URL('assets/', dist)).sort()) {
  const file = new URL(`assets/${name}`, dist)
  const bytes = readFileSync(file)
  const small = compress(file, bytes)
  const isFirst = first.has(`assets/${name}`)
  if (isFirst) total += small
  const kb = (n) => (n / 1024).toFixed(1).padStart(8)
  console.log(`${isFirst ? '*' : ' '} ${name.padEnd(36)}${kb(bytes.length)} KB ${kb(small)} KB brotli`)
}
console.log(`* first page: ${(total / 1024).toFixed(1)} KB brotli of ${FIRST_PAGE_LIMIT / 1024}`)
if (total > FIRST_PAGE_LIMIT) process.exit(1)
