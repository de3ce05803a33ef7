import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

// Rules of Tabler that no page needs, and for which the browser styles all of a page anew whenever a part of it is replaced.
const COSTLY = ['legend + *', '.table-striped']
const lean = {
  postcssPlugin: 'lean',
  Rule(rule: { selector: string, remove: () => void }) {
    if (COSTLY.some((selector) => rule.selector.startsWith(selector))) rule.remove()
  },
}

export default defineConfig({
  // Relative, so that the product also works below a path of a shared host name.
  base: './',
  publicDir: false,
  build: {
    outDir: path('../src/toancanh/screens/static/dist'),
    emptyOutDir: true,
    manifest: 'manifest.json',
    // The last browsers of Windows 7 and 8.1, still met in commune offices.
    target: ['chrome109', 'firefox115', 'safari16.4'],
    assetsInlineLimit: 0,
    // ECharts and MapLibre are large by nature and load where they come into view.
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { input: { app: path('src/app.ts'), worker: path('src/push/worker.ts') }, checks: { pluginTimings: false } },
  },
  css: { postcss: { plugins: [lean] }, preprocessorOptions: { scss: { quietDeps: true } } },
})
