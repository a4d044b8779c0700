/** A question of an operator, and the queries that answer it. */
export interface Panel {
  readonly title: string
  readonly kind: 'timeseries' | 'stat' | 'table'
  /** What is seen in it, and what to think of it. */
  readonly description: string
  /** A unit of Grafana: `s`, `bytes`, `percentunit`, `reqps`, `short`. */
  readonly unit: string
  /** What to call each query's series, and the query. */
  readonly queries: readonly (readonly [legend: string, expression: string])[]
  /** Of 24; 8 when left out. */
  readonly width?: number
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

const DATASOURCE = { type: 'prometheus', uid: '$datasource' }
const HEIGHT = { timeseries: 8, table: 8, stat: 4 } as const
const COLUMNS = 24

/** As Grafana writes it down; where it stands is for the layout to say. */
function panelJson({ title, kind, description, unit, queries }: Panel) {
  const instant = kind !== 'timeseries'
  return {
    title,
    type: kind,
    description,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: { unit, ...(kind === 'timeseries' && { custom: { fillOpacity: 10, showPoints: 'never' }, min: 0 }) },
      overrides: [],
    },
    options:
      kind === 'timeseries'
        ? { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } }
        : {},
    targets: queries.map(([legendFormat, expr], i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: DATASOURCE,
      expr,
      legendFormat,
      instant,
      range: !instant,
      ...(kind === 'table' && { format: 'table' }),
    })),
    ...(kind === 'table' && { transformations: [{ id: 'merge', options: {} }] }),
  }
}

/** Lays rows out from top to bottom, their panels from left to right, wrapping at the edge. */
export function layOut(rows: readonly Row[]): unknown[] {
  const placed: unknown[] = []
  let y = 0
  const place = (json: object, x: number, w: number, h: number) =>
    placed.push({ id: placed.length + 1, gridPos: { x, y, w, h }, ...json })
  for (const { title, panels } of rows) {
    place({ title, type: 'row', collapsed: false, panels: [] }, 0, COLUMNS, 1)
    y += 1
    let x = 0
    let tallest = 0
    for (const panel of panels) {
      const width = panel.width ?? 8
      if (x + width > COLUMNS) {
        y += tallest
        x = 0
        tallest = 0
      }
      place(panelJson(panel), x, width, HEIGHT[panel.kind])
      x += width
      tallest = Math.max(tallest, HEIGHT[panel.kind])
    }
    y += tallest
  }
  return placed
}
