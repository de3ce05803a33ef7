import 'maplibre-gl/dist/maplibre-gl.css'
import type { FeatureCollection, Position } from 'geojson'
import { type GeoJSONSource, LngLatBounds, Map as MapView, NavigationControl, setWorkerUrl } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import { dataOf, type Leave, whenData } from '../islands'
import { measured, text } from '../text'
import { onTheme, token } from '../tokens'
import type { MapData } from './data'
import { legend } from './legend'
import { classOf, edges, stepOf } from './scale'

// Its own file: the content security policy allows no worker made from a blob.
setWorkerUrl(new URL(workerUrl, import.meta.url).href)

function bounds(shapes: FeatureCollection): LngLatBounds {
  const box = new LngLatBounds()
  const walk = (part: Position | Position[] | Position[][] | Position[][][]): void => {
    if (typeof part[0] === 'number') box.extend(part as [number, number])
    else for (const inner of part as Position[][]) walk(inner)
  }
  for (const { geometry } of shapes.features) if (geometry && 'coordinates' in geometry) walk(geometry.coordinates)
  return box
}

/** Diagonal lines for "no data": it must not look like a low value, nor depend on colour alone. */
function hatch(): { width: number; height: number; data: Uint8ClampedArray } {
  const size = 8
  const pen = document.createElement('canvas').getContext('2d')
  if (!pen) return { width: 1, height: 1, data: new Uint8ClampedArray(4) }
  pen.canvas.width = pen.canvas.height = size
  pen.fillStyle = token('--card')
  pen.fillRect(0, 0, size, size)
  pen.strokeStyle = token('--stale')
  pen.beginPath()
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size)
    pen.lineTo(shift + size, 0)
  }
  pen.stroke()
  return { width: size, height: size, data: pen.getImageData(0, 0, size, size).data }
}

function paint(view: MapView, cuts: number[]): void {
  const image = hatch()
  if (view.hasImage('missing')) view.updateImage('missing', image)
  else view.addImage('missing', image)
  const above = cuts.flatMap((_, i) => [i + 1, token(`--map-${stepOf(i + 1, cuts)}`)])
  const lowest = token(`--map-${stepOf(0, cuts)}`)
  // Where all units have one value there is no step.
  view.setPaintProperty('units', 'fill-color', above.length ? ['step', ['get', 'class'], lowest, ...above] : lowest)
  view.setPaintProperty('edges', 'line-color', token('--card'))
  view.setPaintProperty('chosen', 'line-color', token('--ink'))
}

/** Draws the map of a `[data-map]` element: units coloured by value, no ground map, a table behind it. */
export async function mount(element: HTMLElement): Promise<Leave> {
  let data = dataOf<MapData>(element)
  const canvas = element.querySelector<HTMLElement>('.map-canvas')
  if (!data || !canvas || !element.dataset.url) throw new Error('data-map needs data-url, its JSON and a .map-canvas')
  let cuts = edges(data)
  const reply = await fetch(element.dataset.url)
  if (!reply.ok) throw new Error(`${element.dataset.url}: ${reply.status}`)
  const shapes = (await reply.json()) as FeatureCollection
  const classify = (): void => {
    cuts = edges(data)
    for (const shape of shapes.features) {
      const code = String(shape.properties?.code ?? '')
      shape.properties = { ...shape.properties, code, class: classOf(data.values[code]?.value, cuts) }
    }
  }
  classify()
  const box = bounds(shapes)

  let view: MapView
  try {
    view = new MapView({
      container: canvas, bounds: box, fitBoundsOptions: { padding: 12 }, attributionControl: false, dragRotate: false,
      canvasContextAttributes: { preserveDrawingBuffer: true }, // a picture of the board is taken from it
      pitchWithRotate: false, touchPitch: false, scrollZoom: false, minZoom: 4, maxZoom: 14,
      locale: { 'NavigationControl.ZoomIn': text('zoomIn'), 'NavigationControl.ZoomOut': text('zoomOut'), 'Map.Title': text('mapTitle') },
      style: { version: 8, sources: { units: { type: 'geojson', data: shapes } }, layers: [] },
    })
  } catch {
    // No WebGL, as on many old office computers: the table is what remains, so open it.
    canvas.textContent = text('noMap')
    canvas.style.height = 'auto'
    element.querySelector('details')?.setAttribute('open', '')
    return () => undefined
  }
  view.touchZoomRotate.disableRotation()
  view.addControl(new NavigationControl({ showCompass: false }), 'top-right')
  const explain = (): void => {
    const hasMissing = shapes.features.some((shape) => shape.properties?.class === -1)
    const kind = (shapes as { kind?: string }).kind ?? element.dataset.kind
    element.querySelector('[data-map-legend]')?.replaceChildren(legend(data, cuts, kind, hasMissing))
  }
  explain()

  const redraw = (): void => paint(view, cuts)
  view.on('load', () => {
    view.addImage('missing', hatch())
    view.addLayer({ id: 'units', type: 'fill', source: 'units', filter: ['>=', ['get', 'class'], 0] })
    view.addLayer({ id: 'missing', type: 'fill', source: 'units', filter: ['<', ['get', 'class'], 0], paint: { 'fill-pattern': 'missing' } })
    view.addLayer({ id: 'edges', type: 'line', source: 'units', paint: { 'line-width': 0.8 } })
    view.addLayer({
      id: 'chosen', type: 'line', source: 'units', paint: { 'line-width': 2 },
      filter: ['==', ['get', 'code'], element.dataset.selected ?? ''],
    })
    redraw()
  })

  const tip = document.createElement('div')
  tip.className = 'map-tip'
  tip.hidden = true
  canvas.append(tip)
  const layers = ['units', 'missing']
  view.on('mousemove', layers, (event) => {
    const code = String(event.features?.[0]?.properties.code)
    const place = data.values[code]
    const name = document.createElement('strong')
    name.textContent = place?.label ?? String(event.features?.[0]?.properties.name ?? code)
    tip.replaceChildren(name, place && place.value !== null ? measured(place.value, data.measure, data.digits) : text('missing'))
    tip.hidden = false
    const left = Math.min(event.point.x + 12, canvas.clientWidth - tip.offsetWidth - 4)
    tip.style.transform = `translate(${Math.max(left, 4)}px, ${Math.max(event.point.y - tip.offsetHeight - 8, 4)}px)`
    view.getCanvas().style.cursor = place?.href ? 'pointer' : ''
  })
  view.on('mouseleave', layers, () => {
    tip.hidden = true
    view.getCanvas().style.cursor = ''
  })
  view.on('click', layers, (event) => {
    const href = data.values[String(event.features?.[0]?.properties.code)]?.href
    if (href) location.assign(href)
  })

  const stopTheme = onTheme(redraw)
  const stopData = whenData(element, () => {
    data = dataOf<MapData>(element)
    classify()
    const units = view.getSource<GeoJSONSource>('units')
    if (!units || !view.getLayer('units')) return // not drawn yet: it will be with the new data
    units.setData(shapes)
    redraw()
    explain()
  })
  return () => {
    stopData()
    stopTheme()
    view.remove()
  }
}
