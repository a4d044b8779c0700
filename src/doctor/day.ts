/** A day in UTC, "2026-01-31". */
export const day = (ms: number): string =>
  Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : 'an unknown day'
