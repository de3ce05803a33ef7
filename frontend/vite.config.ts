import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

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
    rolldownOptions: { input: { app: path('src/app.ts') }, checks: { pluginTimings: false } },
  },
  css: { preprocessorOptions: { scss: { quietDeps: true } } },
})
