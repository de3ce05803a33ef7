import { text } from '../text'
import type { MapData } from './data'
import { nameOf, stepOf } from './scale'

/** The legend, as a list under the map: on the map it would cover communes. */
export function legend(data: MapData, cuts: number[], kind: string | undefined, hasMissing: boolean): HTMLElement {
  const list = document.createElement('ul')
  list.className = 'map-legend'
  const line = (label: string, paint?: string): void => {
    const item = document.createElement('li')
    if (paint !== undefined) {
      const box = document.createElement('i')
      if (paint) box.style.background = paint
      else box.className = 'missing'
      item.append(box)
    }
    item.append(label)
    list.append(item)
  }
  const whole = Object.values(data.values).every((place) => place.value === null || Number.isInteger(place.value))
  if (data.measure) line(`${data.measure}:`)
  if (cuts.length) for (let i = 0; i <= cuts.length; i++) line(nameOf(i, cuts, data.digits, whole), `var(--map-${stepOf(i, cuts)})`)
  if (hasMissing) line(text('missing'), '')
  if (kind === 'voronoi') line(text('voronoi'))
  return list
}
