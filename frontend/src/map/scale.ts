import { number } from '../text'
import type { MapData } from './data'

/** Lower edges of the classes above the first: quintiles of the values, rounded to what a reader can say. */
export function edges(data: MapData): number[] {
  if (data.classes) return data.classes
  const values = Object.values(data.values).map((place) => place.value).filter((value) => value !== null).sort((a, b) => a - b)
  const last = values.at(-1)
  if (last === undefined) return []
  const whole = values.every(Number.isInteger)
  const cuts = [0.2, 0.4, 0.6, 0.8].map((share) => tidy(values[Math.floor(share * values.length)] ?? last, whole))
  return [...new Set(cuts)].filter((cut) => cut > (values[0] ?? 0) && cut <= last)
}

function tidy(value: number, whole: boolean): number {
  if (value === 0) return 0
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1)
  const rounded = Number((Math.round(value / step) * step).toPrecision(2))
  return whole ? Math.round(rounded) : rounded
}

/** The class of a value, from 0; -1 where there is none. */
export const classOf = (value: number | null | undefined, cuts: number[]): number =>
  value === null || value === undefined ? -1 : cuts.filter((cut) => value >= cut).length

/** The token step of a class: few classes still span the whole scale. */
export const stepOf = (index: number, cuts: number[]): number =>
  cuts.length === 0 ? 2 : Math.round((index * 4) / cuts.length)

/** What the legend says of a class. */
export function nameOf(index: number, cuts: number[], digits?: number, whole = false): string {
  const [from, to] = [cuts[index - 1], cuts[index]]
  if (from === undefined) return to === undefined ? '' : `< ${number(to, digits)}`
  if (whole && to !== undefined) return to - from > 1 ? `${number(from)}–${number(to - 1)}` : number(from)
  return to === undefined ? `≥ ${number(from, digits)}` : `${number(from, digits)} – < ${number(to, digits)}`
}
