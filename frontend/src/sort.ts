import { island } from './islands'
import { RENEWED } from './islands'
import { collator } from './text'

type Kind = 'number' | 'text'

function keyOf(row: HTMLTableRowElement, column: number): string {
  const cell = row.cells[column]
  return (cell?.dataset.value ?? cell?.textContent ?? '').trim()
}

function compare(kind: Kind, a: string, b: string, sign: number): number {
  // A missing value is neither small nor large: it stays at the end both ways.
  if (!a || !b) return a ? -1 : b ? 1 : 0
  return sign * (kind === 'number' ? Number(a) - Number(b) : collator.compare(a, b))
}

island('table[data-sortable]', (element) => {
  const table = element as HTMLTableElement
  const sort = (head: HTMLTableCellElement): void => {
    const kind: Kind = head.dataset.sort === 'number' ? 'number' : 'text'
    const sign = head.getAttribute('aria-sort') === 'ascending' ? 1 : -1
    for (const body of table.tBodies) {
      const rows = [...body.rows].map((row) => ({ row, key: keyOf(row, head.cellIndex) }))
      rows.sort((a, b) => compare(kind, a.key, b.key, sign))
      body.append(...rows.map(({ row }) => row))
    }
  }
  const heads = [...table.querySelectorAll<HTMLTableCellElement>('thead th[data-sort]')]
  for (const head of heads) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'sort-button'
    button.append(...head.childNodes)
    head.append(button)
    button.addEventListener('click', () => {
      const kind: Kind = head.dataset.sort === 'number' ? 'number' : 'text'
      const before = head.getAttribute('aria-sort')
      const up = before ? before === 'descending' : kind === 'text'
      heads.forEach((other) => other.removeAttribute('aria-sort'))
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending')
      sort(head)
    })
  }
  const again = (): void => heads.filter((head) => head.hasAttribute('aria-sort')).forEach(sort)
  document.addEventListener(RENEWED, again)
  return () => document.removeEventListener(RENEWED, again)
})
