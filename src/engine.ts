import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

const LARGE_YOUNG_BYTES = 8 * 1024 * 1024
const CPU_WINDOW_MS = 5_000
/** Beyond so many nodes, or with such a share of one CPU, the quick compilers pay, and then TurboFan. */
const QUICK_COMPILERS = { nodes: 30, share: 0.01 }
const TURBOFAN = { nodes: 60, share: 0.04 }
/** Within one part of the window, this is a load for which all of them pay, and not the scrapes of few nodes. */
const BUSY_SHARE = 0.3
const PARTS = 5
/** From here on the heap is so large that a few dozen megabytes are little of it. */
const LARGE_CLUSTER_NODES = 2000

/**
 * Settings for as little memory as a small cluster needs, from which the others here depart. To be called before any
 * module is loaded: V8's code cache is for the flags with which it was made, and pages of a compiler that ran stay.
 *
 * The young generation stays at its first megabyte. It would grow to dozens, which are never given back: each scrape's
 * garbage would then lie in memory that no cache holds, and that costs more than to collect it more often. The old one
 * may grow to half as much again as is alive in it, not to several times that: a hundred megabytes of old answers.
 *
 * The compilers stay off, and the interpreter does all. Their pages and their working memory take 14 MB, and in a cluster
 * of a few nodes they save nothing: they compile for longer than the result runs. WebAssembly needs its first one.
 */
export function startSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=50')
  setFlagsFromString('--no-sparkplug')
  setFlagsFromString('--no-maglev')
  setFlagsFromString('--no-turbofan')
  setFlagsFromString('--no-wasm-tier-up')
  setFlagsFromString('--no-wasm-dynamic-tiering')
}

function allowQuickCompilers(): void {
  setFlagsFromString('--sparkplug')
  setFlagsFromString('--maglev')
}

function allowTurbofan(): void {
  setFlagsFromString('--turbofan')
  setFlagsFromString('--wasm-tier-up')
  setFlagsFromString('--wasm-dynamic-tiering')
}

/** For a program that works at once and then ends. */
export function allowCompilers(): void {
  allowQuickCompilers()
  allowTurbofan()
}

/**
 * Switches the compilers on for good when they pay: with many nodes, or when a process that has started uses enough CPU,
 * which is measured in windows of `windowMs`. Returns what is to be told the number of nodes.
 */
export function fitEngineToLoad(windowMs = CPU_WINDOW_MS): (nodes: number) => void {
  let isLarge = false
  const adjust = (nodes: number, share: number): void => {
    if (nodes > QUICK_COMPILERS.nodes || share >= QUICK_COMPILERS.share) allowQuickCompilers()
    if (nodes <= TURBOFAN.nodes && share < TURBOFAN.share) return
    allowTurbofan()
    clearInterval(watch)
  }
  const partMs = windowMs / PARTS
  let before = process.cpuUsage()
  let parts = 0
  let usedMs = 0
  const watch = setInterval(() => {
    const { user, system } = process.cpuUsage(before)
    before = process.cpuUsage()
    // What the start took is not counted.
    if (++parts <= PARTS) return
    const partUsedMs = (user + system) / 1000
    usedMs += partUsedMs
    if (partUsedMs >= BUSY_SHARE * partMs) adjust(0, BUSY_SHARE)
    if (parts % PARTS > 0) return
    adjust(0, usedMs / windowMs)
    usedMs = 0
  }, partMs)
  watch.unref()
  return (nodes) => {
    adjust(nodes, 0)
    if (isLarge || nodes <= LARGE_CLUSTER_NODES) return
    isLarge = true
    letYoungGenerationGrow()
  }
}

const youngBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? Number.POSITIVE_INFINITY

/**
 * Each collection of the young generation looks at all pages of the old one. With thousands of nodes these are so many
 * that it is better collected seldom: it may grow to some megabytes.
 */
function letYoungGenerationGrow(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
  const grown = setInterval(() => {
    if (youngBytes() < LARGE_YOUNG_BYTES) return
    clearInterval(grown)
    setFlagsFromString('--semi-space-growth-factor=1')
  }, 100)
  grown.unref()
}
