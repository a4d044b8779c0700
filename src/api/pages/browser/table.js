// Runs in the browser: lets the table be sorted by its heads and filtered. It reads what the page shows and writes
// nothing but order, visibility and counts. What is chosen stands in the address, so that a reload keeps it.

const table = /** @type {HTMLTableElement} */ (document.getElementById('table'))
const controls = /** @type {HTMLFormElement} */ (document.getElementById('controls'))
const filter = /** @type {HTMLInputElement} */ (document.getElementById('filter'))
const marked = /** @type {HTMLInputElement} */ (document.getElementById('marked'))
const shown = /** @type {HTMLOutputElement} */ (document.getElementById('shown'))
const order = /** @type {HTMLButtonElement} */ (document.getElementById('order'))
const body = /** @type {HTMLTableSectionElement} */ (table.tBodies[0])
const heads = [...(table.tHead?.rows[0]?.cells ?? [])]

const rows = [...body.rows].map((row) => ({ row, text: (row.textContent ?? '').toLowerCase() }))
const words = new Intl.Collator('en', { numeric: true })
let sortedBy = -1
let descending = false

/** @param {number} column */
function comparison(column) {
  const sign = descending ? -1 : 1
  /** @param {HTMLTableRowElement} row */
  const text = (row) => row.cells[column]?.textContent ?? ''
  if (heads[column]?.dataset.order !== 'number') {
    return (/** @type {HTMLTableRowElement} */ a, /** @type {HTMLTableRowElement} */ b) =>
      sign * words.compare(text(a), text(b))
  }
  // What has no value stays at the end, whichever way.
  /** @param {HTMLTableRowElement} row */
  const value = (row) => Number(row.cells[column]?.dataset.value || Number.NaN)
  return (/** @type {HTMLTableRowElement} */ a, /** @type {HTMLTableRowElement} */ b) => {
    const [x, y] = [value(a), value(b)]
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
    return sign * (x - y)
  }
}

function sort() {
  for (const [i, head] of heads.entries()) {
    if (i === sortedBy) head.setAttribute('aria-sort', descending ? 'descending' : 'ascending')
    else head.removeAttribute('aria-sort')
  }
  order.hidden = sortedBy < 0
  const all = rows.map(({ row }) => row)
  // All at once: thousands of rows moved one by one are thousands of layouts.
  body.append(...(sortedBy < 0 ? all : all.sort(comparison(sortedBy))))
}

function sift() {
  const wanted = filter.value.trim().toLowerCase()
  let count = 0
  for (const { row, text } of rows) {
    const visible = text.includes(wanted) && (!marked.checked || row.dataset.marked !== undefined)
    row.hidden = !visible
    if (visible) count++
  }
  shown.textContent =
    count === 0 && rows.length > 0 ? `no ${shown.dataset.row} matches` : `${count} of ${rows.length} shown`
}

function remember() {
  const choice = new URLSearchParams()
  if (filter.value !== '') choice.set('filter', filter.value)
  if (marked.checked) choice.set('marked', '1')
  if (sortedBy >= 0) choice.set('sort', `${descending ? '-' : ''}${sortedBy}`)
  history.replaceState(null, '', `#${choice}`)
}

function recall() {
  const choice = new URLSearchParams(location.hash.slice(1))
  filter.value = choice.get('filter') ?? ''
  marked.checked = choice.has('marked')
  const [, minus, column] = /^(-?)(\d{1,2})$/.exec(choice.get('sort') ?? '') ?? []
  sortedBy = column !== undefined && heads[Number(column)] !== undefined ? Number(column) : -1
  descending = minus === '-'
}

for (const [i, head] of heads.entries()) {
  const button = document.createElement('button')
  button.type = 'button'
  button.append(...head.childNodes)
  button.addEventListener('click', () => {
    descending = sortedBy === i && !descending
    sortedBy = i
    sort()
    remember()
  })
  head.append(button)
}
order.addEventListener('click', () => {
  sortedBy = -1
  descending = false
  sort()
  remember()
  filter.focus()
})
const sifted = () => {
  sift()
  remember()
}
filter.addEventListener('input', sifted)
marked.addEventListener('change', sifted)
controls.addEventListener('submit', (event) => event.preventDefault())
controls.hidden = false
recall()
sort()
sift()
