import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

const LARGE_YOUNG_BYTES = 8 * 1024 * 1024

/**
 * The young generation stays at its first megabyte. It would grow to dozens, which are never given back: each scrape's
 * garbage would then lie in memory that no cache holds, and that costs more than to collect it more often. The old one
 * may grow to half as much again as is alive in it, not to several times that: a hundred megabytes of old answers.
 */
export function boundHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=50')
}

const youngBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? Number.POSITIVE_INFINITY

/**
 * Each collection of the young generation looks at all pages of the old one. With thousands of nodes these are so many
 * that it is better collected seldom: it may grow to some megabytes.
 */
export function letYoungGenerationGrow(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
  const grown = setInterval(() => {
    if (youngBytes() < LARGE_YOUNG_BYTES) return
    clearInterval(grown)
    setFlagsFromString('--semi-space-growth-factor=1')
  }, 100)
  grown.unref()
}
