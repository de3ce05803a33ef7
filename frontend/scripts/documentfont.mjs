// The letters of formal documents: Tinos, whose letters are as wide as those of Times New Roman and which has all of
// Vietnamese. The four styles lie in the package, so that a document looks alike on every machine and fetches nothing.
import { copyFileSync, mkdirSync } from 'node:fs'

const from = new URL('../node_modules/@expo-google-fonts/tinos/', import.meta.url)
const to = new URL('../../src/toancanh/reports/fonts/', import.meta.url)
mkdirSync(to, { recursive: true })
for (const style of ['400Regular', '400Regular_Italic', '700Bold', '700Bold_Italic'])
  copyFileSync(new URL(`${style}/Tinos_${style}.ttf`, from), new URL(`Tinos_${style}.ttf`, to))
copyFileSync(new URL('LICENSE_FONT', from), new URL('LICENSE', to))
