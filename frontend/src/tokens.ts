/** The current value of a colour token, such as `--series-1`. */
export const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** Calls back when the theme changes, by the button or by the system; returns the way to stop. */
export function onTheme(redraw: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  document.addEventListener('themechange', redraw)
  system.addEventListener('change', redraw)
  return () => {
    document.removeEventListener('themechange', redraw)
    system.removeEventListener('change', redraw)
  }
}
