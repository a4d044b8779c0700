import { readFileSync } from 'node:fs'

/** What makes tables sortable and filterable, for the browser. */
export const SCRIPT: string = readFileSync(new URL('./browser/table.js', import.meta.url), 'utf8')
