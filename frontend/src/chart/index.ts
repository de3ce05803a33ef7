import { BarChart, HeatmapChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendScrollComponent, MarkLineComponent, TooltipComponent, VisualMapContinuousComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { dataOf, type Leave, whenData } from '../islands'
import { text } from '../text'
import { onTheme } from '../tokens'
import type { ChartData } from './data'
import { options } from './options'
import { savePicture } from './picture'

use([
  BarChart, HeatmapChart, LineChart, GridComponent, LegendScrollComponent, MarkLineComponent, TooltipComponent,
  VisualMapContinuousComponent, SVGRenderer,
])

/** Draws the chart of a `[data-chart]` element; the table behind it stays for readers who cannot see the drawing. */
export function mount(element: HTMLElement): Leave {
  let data = dataOf<ChartData>(element)
  const canvas = element.querySelector<HTMLElement>('.chart-canvas')
  if (!data || !canvas) throw new Error('data-chart needs its JSON and a .chart-canvas')
  const chart = init(canvas, null, { renderer: 'svg' })
  const draw = (): void => chart.setOption(options(data), { notMerge: true })
  draw()
  const stopData = whenData(element, () => {
    data = dataOf<ChartData>(element)
    chart.setOption(options(data), { notMerge: false })
  })

  const size = new ResizeObserver(() => chart.resize())
  size.observe(canvas)
  const stopTheme = onTheme(draw)

  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'btn btn-sm'
  button.textContent = text('png')
  button.addEventListener('click', () => {
    const svg = canvas.querySelector('svg')
    if (svg) void savePicture(svg, element.dataset.name ?? 'toan-canh')
  })
  element.querySelector('[data-chart-tools]')?.append(button)

  return () => {
    size.disconnect()
    stopData()
    stopTheme()
    chart.dispose()
  }
}
