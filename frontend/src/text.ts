const english = document.documentElement.lang.startsWith('en')

const texts = {
  missing: ['chưa có số liệu', 'no data'],
  noMap: ['Trình duyệt này không vẽ được bản đồ. Xem bảng bên dưới.', 'This browser cannot draw the map. See the table below.'],
  noReply: ['Máy chủ chưa trả lời. Thử lại sau ít phút.', 'The server did not answer. Try again in a few minutes.'],
  notShown: ['Không mở được phần này.', 'This part could not be opened.'],
  live: ['Trực tiếp', 'Live'],
  liveLost: ['Mất kết nối, đang nối lại…', 'Connection lost, trying again…'],
  target: ['Mục tiêu', 'Target'],
  png: ['Tải ảnh PNG', 'Download PNG'],
  stale: ['số liệu cũ', 'old data'],
  themeAuto: ['Giao diện: theo máy', 'Theme: as the system'],
  themeLight: ['Giao diện: sáng', 'Theme: light'],
  themeDark: ['Giao diện: tối', 'Theme: dark'],
  zoomIn: ['Phóng to', 'Zoom in'],
  zoomOut: ['Thu nhỏ', 'Zoom out'],
  mapTitle: ['Bản đồ', 'Map'],
  voronoi: ['Ranh giới gần đúng', 'Approximate boundaries'],
} satisfies Record<string, [string, string]>

/** A text of an island in the language of the page. */
export const text = (key: keyof typeof texts): string => texts[key][english ? 1 : 0]

const locale = english ? 'en-GB' : 'vi-VN'
const formats = new Map<number | undefined, Intl.NumberFormat>()

/** The number as base.numbers.plain writes it on the server; null is a dash, never zero. */
export function number(value: number | null | undefined, digits?: number): string {
  if (value === null || value === undefined) return '–'
  let format = formats.get(digits)
  if (!format) {
    format = new Intl.NumberFormat(english ? 'en-US' : locale, {
      minimumFractionDigits: digits ?? 0, maximumFractionDigits: digits ?? 10,
    })
    formats.set(digits, format)
  }
  return format.format(value)
}

export const collator = new Intl.Collator(locale, { numeric: true })

/** The number with its unit of measure; a percent sign stands after a space that does not break. */
export const measured = (value: number | null | undefined, measure = '', digits?: number): string =>
  measure && value !== null && value !== undefined ? `${number(value, digits)}\u00a0${measure}` : number(value, digits)

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
export const escapeHtml = (raw: string): string => raw.replace(/[&<>"']/g, (char) => escapes[char] ?? char)
