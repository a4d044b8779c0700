import { it } from 'vitest'

/**
 * What the store is to do and does not do yet. `STORE_TARGETS=1 npx vitest run …` shows what is missing; a test that
 * begins to hold fails here, and becomes a plain `it`.
 */
export const itShould = process.env.STORE_TARGETS ? it : it.fails
