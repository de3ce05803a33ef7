import type { EChartsCoreOption } from 'echarts/core'
import { escapeHtml, measured, number, text } from '../text'
import { token } from '../tokens'
import type { ChartData, Series } from './data'

const rem = (): number => parseFloat(getComputedStyle(document.documentElement).fontSize)

/** The pieces of one series between breaks: a line is never drawn across one. */
function pieces(series: Series, data: ChartData): (number | null)[][] {
  const cuts = (data.breaks ?? []).map((item) => data.x.indexOf(item.x)).filter((index) => index > 0).sort((a, b) => a - b)
  const edges = [0, ...cuts, data.x.length]
  return edges.slice(1).map((end, i) =>
    series.values.map((value, index) => (index >= (edges[i] ?? 0) && index < end ? value : null)))
}

function marks(data: ChartData, size: number): object {
  const label = { color: token('--ink-2'), fontSize: size, fontFamily: 'Inter' }
  const line = { color: token('--ink-3'), width: 1, type: 'dashed' }
  return {
    symbol: 'none', silent: true, animation: false,
    data: [
      ...(data.targets ?? []).map((target) => ({
        yAxis: target.value, lineStyle: line,
        label: { ...label, position: 'insideEndTop', formatter: `${target.label ?? text('target')} ${measured(target.value, data.measure)}` },
      })),
      ...(data.breaks ?? []).map((item) => ({
        xAxis: item.x, lineStyle: { ...line, type: 'solid' },
        label: { ...label, position: 'insideEndTop', rotate: 0, formatter: item.label },
      })),
    ],
  }
}

function tooltip(data: ChartData, size: number): object {
  return {
    backgroundColor: token('--card'), borderColor: token('--line'), padding: [4, 8],
    textStyle: { color: token('--ink'), fontSize: size, fontFamily: 'Inter' },
    confine: true, transitionDuration: 0,
    ...(data.type === 'heatmap' ? {} : { trigger: 'axis' }),
    formatter: (given: unknown) => {
      const first = Array.isArray(given) ? given[0] : given
      const [column, row] = data.type === 'heatmap' ? (first.value as [number, number]) : [first.dataIndex as number, -1]
      const rows = row >= 0 ? [data.series[row]] : data.series
      const lines = rows.filter((series) => series !== undefined).map((series) => {
        const value = series.values[column]
        const shown = value === null || value === undefined ? text('missing') : measured(value, data.measure, data.digits)
        return `${escapeHtml(series.name)}: <strong>${escapeHtml(shown)}</strong>${series.stale ? ` (${text('stale')})` : ''}`
      })
      return [`<strong>${escapeHtml(data.x[column] ?? '')}</strong>`, ...lines].join('<br>')
    },
  }
}

function heatmap(data: ChartData, base: object, axisText: object, size: number): EChartsCoreOption {
  const cells = data.series.flatMap((series, row) =>
    series.values.flatMap((value, column) => (value === null ? [] : [[column, row, value]])))
  const values = cells.map((cell) => cell[2] ?? 0)
  const [lowest, highest] = [Math.min(...values), Math.max(...values)]
  return {
    ...base,
    grid: { left: 8, right: 8, top: 8, bottom: size * 3.5, containLabel: true },
    xAxis: { type: 'category', data: data.x, axisLabel: axisText, axisLine: { show: false }, axisTick: { show: false } },
    yAxis: {
      type: 'category', data: data.series.map((series) => series.name), inverse: true,
      axisLabel: { ...axisText, width: size * 14, overflow: 'truncate' }, axisLine: { show: false }, axisTick: { show: false },
    },
    visualMap: {
      min: lowest, max: highest, orient: 'horizontal', left: 'center', bottom: 0,
      itemHeight: size * 10, itemWidth: size, textStyle: axisText, text: [highest, lowest].map((value) => measured(value, data.measure, data.digits)),
      inRange: { color: [0, 1, 2, 3, 4].map((step) => token(`--map-${step}`)) },
    },
    // A cell without a value stays empty: the ground shows through.
    series: [{ type: 'heatmap', data: cells, itemStyle: { borderColor: token('--card'), borderWidth: 1 }, emphasis: { disabled: true } }],
  }
}

/** The ECharts option of the data, in the colours and sizes of the page as they are now. */
export function options(data: ChartData): EChartsCoreOption {
  const size = rem() * 0.75
  const axisText = { color: token('--ink-2'), fontSize: size, fontFamily: 'Inter' }
  const base = { animation: false, textStyle: { fontFamily: 'Inter' }, tooltip: tooltip(data, size) }
  if (data.type === 'heatmap') return heatmap(data, base, axisText, size)

  const dashes = ['solid', 'dashed', 'dotted'] as const
  const symbols = ['circle', 'rect', 'triangle', 'diamond'] as const
  const series = data.series.flatMap((item, index): object[] => {
    const kind = item.type ?? (data.type === 'bar' ? 'bar' : 'line')
    const color = item.stale ? token('--stale') : token(`--series-${(index % 3) + 1}`)
    const shared = { name: item.name, type: kind, color, emphasis: { disabled: true }, ...(index === 0 ? { markLine: marks(data, size) } : {}) }
    if (kind === 'bar') {
      return [{ ...shared, data: item.values, barMaxWidth: size * 3, ...(data.stack ? { stack: 'all' } : {}), itemStyle: item.stale ? { opacity: 0.5 } : {} }]
    }
    // A value between two gaps has no line to stand on, so short series show their points.
    return pieces(item, data).map((values, piece) => ({
      ...shared, ...(piece ? { markLine: undefined } : {}), data: values, connectNulls: false, smooth: false,
      symbol: symbols[index % symbols.length], symbolSize: size / 3, showSymbol: data.x.length <= 62 || lonely(values),
      lineStyle: { width: 2, type: item.stale ? 'dotted' : dashes[index % dashes.length] },
    }))
  })
  return {
    ...base,
    legend: data.series.length > 1
      ? { show: true, top: 0, left: 0, type: 'scroll', textStyle: axisText, itemWidth: size * 2, data: data.series.map((item) => item.name) }
      : { show: false },
    grid: { left: 8, right: 12, top: size * (data.series.length > 1 ? 2 : 0) + size * (data.measure ? 2.25 : 1), bottom: 4, containLabel: true },
    xAxis: {
      type: 'category', data: data.x, boundaryGap: data.series.some((item) => (item.type ?? data.type) === 'bar'),
      axisLabel: { ...axisText, hideOverlap: true }, axisLine: { lineStyle: { color: token('--line') } }, axisTick: { show: false },
    },
    yAxis: {
      type: 'value', scale: data.type === 'line' && data.min === undefined, ...(data.min === undefined ? {} : { min: data.min }),
      name: data.measure, nameTextStyle: { ...axisText, align: 'left' }, nameGap: size * 0.75,
      axisLabel: { ...axisText, formatter: (value: number) => number(value) },
      splitLine: { lineStyle: { color: token('--line') } },
    },
    series,
  }
}

function lonely(values: (number | null)[]): boolean {
  return values.some((value, i) => value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null)
}
