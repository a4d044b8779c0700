import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

const CPU_WINDOW_MS = 5_000
/** Beyond so many nodes, or with such a share of one CPU, the quick compilers pay, and then TurboFan. */
const QUICK_COMPILERS = { nodes: 30, share: 0.01 }
const TURBOFAN = { nodes: 60, share: 0.04 }
/** Within one part of the window, this is a load for which all of them pay, and not the scrapes of few nodes. */
const BUSY_SHARE = 0.3
const PARTS = 5
/** How often a function must have been called before Maglev and TurboFan compile it: V8's defaults. */
const MAGLEV_INVOCATIONS = 400
const TURBOFAN_INVOCATIONS = 3000
const MIB = 1024 * 1024
/** The least size of the young generation beyond so many nodes, the most nodes first. */
const YOUNG_GENERATION = [
  { nodes: 300, bytes: 4 * MIB },
  { nodes: 60, bytes: 2 * MIB },
]
/** How often the size of the young generation is checked while nodes are scraped for the first time, and afterwards. */
const FIRST_CHECKS = { count: 250, everyMs: 20 }
const CHECK_MS = 1_000

/**
 * Settings for as little memory as a small cluster needs, from which the others here depart. To be called before any
 * module is loaded: V8's code cache is for the flags with which it was made, and pages of a compiler that ran stay.
 *
 * The young generation stays at its first megabyte. It would grow to dozens, which are never given back: each scrape's
 * garbage would then lie in memory that no cache holds, and that costs more than to collect it more often. The old one
 * may grow to half as much again as is alive in it, not to several times that: a hundred megabytes of old answers. After
 * each collection of it V8 makes another to give memory back, and here no third, which would find little.
 *
 * The compilers stay off, and the interpreter does all. Their pages and their working memory take 14 MB, and in a cluster
 * of a few nodes they save nothing: they compile for longer than the result runs. WebAssembly needs its first one.
 * While they are off, V8 decides after how many calls it checks a function again. That number is Maglev's here: with
 * TurboFan's, a server with many nodes would be slow for minutes after the compilers are switched on.
 */
export function startSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=50')
  setFlagsFromString('--memory-reducer-gc-count=1')
  setFlagsFromString('--no-sparkplug')
  setFlagsFromString('--no-maglev')
  setFlagsFromString('--no-turbofan')
  setFlagsFromString(`--invocation-count-for-turbofan=${MAGLEV_INVOCATIONS}`)
  setFlagsFromString('--no-wasm-tier-up')
  setFlagsFromString('--no-wasm-dynamic-tiering')
}

function allowQuickCompilers(): void {
  setFlagsFromString('--sparkplug')
  setFlagsFromString('--maglev')
}

function allowTurbofan(): void {
  setFlagsFromString('--turbofan')
  setFlagsFromString(`--invocation-count-for-turbofan=${TURBOFAN_INVOCATIONS}`)
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
 * which is measured in windows of `windowMs`. Returns what is to be told the number of nodes, which also sets the
 * size of the young generation. Nothing is taken back when there are fewer nodes.
 */
export function fitEngineToLoad(windowMs = CPU_WINDOW_MS): (nodes: number) => void {
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
  const growYoungGeneration = createYoungGenerationGrowth()
  return (nodes) => {
    adjust(nodes, 0)
    growYoungGeneration(YOUNG_GENERATION.find((size) => nodes > size.nodes)?.bytes ?? 0)
  }
}

/** The bytes of the half that is filled; between collections the other one is empty. */
function youngGenerationBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  return young === undefined ? Number.POSITIVE_INFINITY : young.space_used_size + young.space_available_size
}

/**
 * Returns what grows the young generation to at least so many bytes. Each collection of it also reads parts of the old
 * one, so with many nodes few collections are better: with 1000, one megabyte fills a hundred times in a scrape cycle.
 * V8 itself grows it, when enough of it stays alive, and may shrink it again.
 */
function createYoungGenerationGrowth(): (bytes: number) => void {
  let wanted = 0
  let checks = 0
  let timer: NodeJS.Timeout | undefined
  const check = (): void => {
    // V8 rounds sizes down to pages. Doubling bounds how far it can grow before the next check.
    const isSmall = youngGenerationBytes() < 0.9 * wanted
    setFlagsFromString(`--semi-space-growth-factor=${isSmall ? 2 : 1}`)
    timer = setTimeout(check, ++checks <= FIRST_CHECKS.count ? FIRST_CHECKS.everyMs : CHECK_MS)
    timer.unref()
  }
  return (bytes) => {
    if (bytes <= wanted) return
    wanted = bytes
    checks = 0
    clearTimeout(timer)
    check()
  }
}
