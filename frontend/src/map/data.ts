export interface Place {
  value: number | null
  label?: string
  href?: string
}

export interface MapData {
  /** By the code of the unit, the `code` of the feature. A unit that is absent has no data. */
  values: Record<string, Place>
  measure?: string
  digits?: number
  /** Lower edges of the classes above the first, rising, at most four; without them they are made from the values. */
  classes?: number[]
}
