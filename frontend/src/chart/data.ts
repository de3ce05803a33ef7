export interface Series {
  name: string
  /** One per x; null is a gap, never zero. For a heatmap the series is one row. */
  values: (number | null)[]
  /** In a bar or line chart, one series may be drawn the other way. */
  type?: 'line' | 'bar'
  stale?: boolean
}

export interface ChartData {
  type: 'line' | 'bar' | 'heatmap'
  x: string[]
  series: Series[]
  /** Where the meaning changes: a new rule of counting, a merger of units. The line is cut there. */
  breaks?: { x: string; label: string }[]
  targets?: { value: number; label?: string }[]
  measure?: string
  digits?: number
  stack?: boolean
  /** Where the value axis starts; without it a line chart may start above zero, a bar chart never does. */
  min?: number
}
