import type { RejectionReason } from '../model/sample.ts'
import {
  ageOf,
  believableOwnRate,
  type Continuation,
  continuation,
  growthRate,
  hasMovedStart,
  isDenied,
  isShorterThanOrdinary,
  LEAST_WINDOW_SHARE,
  leastAge,
  type Limits,
  lifeRate,
  ownRate,
  type RateRules,
} from './cpu-rate.ts'
import {
  KEPT_BY_RUNTIME,
  ODD_WINDOW,
  type ObservedSample,
  OVER_LIFE,
  RESTARTED,
  Rate,
  SampleCursor,
  SampleTable,
  START_CONFIRMED,
  START_DRIFTS,
  WITHOUT_RATE,
  ZERO_AT_FIRST,
} from './sample-table.ts'
import { CUT_MS, nodeTime, type ScrapeClock } from './scrape-clock.ts'
import { isCut, isKept, isSettled, isUnclear, measureWindow, TimeWindow } from './time-window.ts'

/** cAdvisor's own interval (kubelet --housekeeping-interval): the window of a node's usageNanoCores when no other is known. */
const HOUSEKEEPING_MS = 10_000
/** The Go server's freshContainerMinMetricsResolution (pkg/storage/pod.go). */
const LEAST_CONTAINER_AGE_MS = 10_000
/** The least time from the first sample of something to a second one that makes a rate. */
const SECOND_SAMPLE_MS = 2000
/** Requests are some milliseconds early or late: an age in whole seconds is reached for certain so much later. */
const LATE_MS = 150
/** After so many samples with another start each time, and a counter that goes on, the start moves by itself. */
const MOVED_STARTS_OF_DRIFT = 3
/** Of a kubelet scraped longer ago than this share of a resolution, some scrapes may have failed since. */
const LONGEST_OWN_SHARE = 1.5
/** For so long after its first sample a container is worth an extra scrape. */
const WORTH_ANOTHER_MS = 13_000

const NO_LIMITS: Limits = { nanocores: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

/** Whether two samples so close make a first rate, since an extra scrape was made for it. */
function isFirstRate(flags: number, windowMs: number): boolean {
  return (flags & (WITHOUT_RATE | RESTARTED)) === WITHOUT_RATE && windowMs >= SECOND_SAMPLE_MS - LATE_MS
}

const drifting = (flags: number): number => (flags & ~START_CONFIRMED) | START_DRIFTS

/** The outcome of the last comparison. */
interface Comparison {
  /** In how many milliseconds another scrape would make a rate of it; NaN when the next ordinary one will do. */
  anotherMs: number
  rejected: RejectionReason | undefined
}

/** Compares samples with the last good ones. Its objects are reused for each sample. */
export class SampleComparer {
  /** The new rows of a pod. */
  readonly podDraft = new SampleTable('containers')
  /** The new row of a node. */
  readonly nodeDraft = new SampleTable('node')
  readonly last: Comparison = { anotherMs: Number.NaN, rejected: undefined }
  /**
   * The samples are of an extra scrape, for new pods. It only makes first rates: all other rates stay, as does what the next
   * ordinary scrape is compared with, so that the windows of all pods cover the same time.
   */
  isExtra = false
  readonly #resolutionMs: number
  readonly #containerRules: RateRules
  readonly #nodeRules: RateRules
  // What is compared at the moment.
  #draft = this.podDraft
  #kept = this.podDraft
  #row = -1
  #limits: Limits = NO_LIMITS
  #rules: RateRules
  readonly #previous = new SampleCursor()
  readonly #current = new SampleCursor()
  readonly #window = new TimeWindow()
  readonly #rate = new Rate()

  constructor(resolutionMs: number) {
    this.#resolutionMs = resolutionMs
    const youngMs = 2 * resolutionMs
    this.#containerRules = { ownWindowMs: resolutionMs, leastAgeMs: LEAST_CONTAINER_AGE_MS, youngMs }
    this.#nodeRules = { ownWindowMs: HOUSEKEEPING_MS, leastAgeMs: 0, youngMs: 0 }
    this.#rules = this.#containerRules
  }

  /**
   * Compares the container that was appended last to `draft` with its row of `kept` (−1 for none), and gives it the rate
   * that comes of it; where it says nothing new or nothing certain the row takes its place. `since` is the scrape before
   * this one, when that did not have the container.
   */
  compareContainer(draft: SampleTable, kept: SampleTable, row: number, limits: Limits, since?: ScrapeClock): void {
    this.#begin(draft, kept, row, limits, this.#containerRules)
    this.#compare(since)
  }

  /** Whether the container that was appended last to `draft` goes on from its row: then what was rejected of it was a glitch. */
  isGood(draft: SampleTable, kept: SampleTable, row: number, limits: Limits): boolean {
    this.#begin(draft, kept, row, limits, this.#containerRules)
    if (row < 0 || this.#current.workingSetBytes > limits.bytes || isUnclear(this.#current)) return false
    return continuation(this.#previous, this.#current, limits, this.#window) !== 'contradicts'
  }

  /** The same of a node. False when the row took its place. */
  compareNode(draft: SampleTable, kept: SampleTable, limits: Limits): boolean {
    this.#begin(draft, kept, kept.length - 1, limits, this.#nodeRules)
    return this.#compare(undefined)
  }

  #begin(draft: SampleTable, kept: SampleTable, row: number, limits: Limits, rules: RateRules): void {
    this.#draft = draft
    this.#kept = kept
    this.#row = row
    this.#limits = limits
    this.#rules = rules
    draft.show(draft.length - 1, this.#current)
    if (row >= 0) kept.show(row, this.#previous)
  }

  /** False when the row of the last good sample took the place of the one that is compared. */
  #compare(since: ScrapeClock | undefined): boolean {
    const [current, previous, kept] = [this.#current, this.#previous, this.#kept]
    this.last.anotherMs = Number.NaN
    this.last.rejected = undefined
    if (current.workingSetBytes > this.#limits.bytes) return this.#leaveOut('memory-beyond-capacity')
    if (this.#row < 0) return this.#firstSeen(since)
    if (isUnclear(current)) return this.#startOver()
    const how = continuation(previous, current, this.#limits, this.#window)
    if (how === 'contradicts' || (how === 'grew' && this.#startMovedBefore())) return this.#doubt()
    // A good sample: what was rejected before it was a glitch.
    kept.clearRejected(kept.nameOf(this.#row))
    return this.#goOn(how, previous)
  }

  /**
   * Whether the last rejected sample has the same start, which is not that of the last good one: restarted or not, what the
   * counter grew by since then is of one life.
   */
  #startMovedBefore(): boolean {
    const [previous, current, kept] = [this.#previous, this.#current, this.#kept]
    if ((previous.flags & START_DRIFTS) !== 0 || !hasMovedStart(previous, current)) return false
    const rejected = kept.rejectedOf(kept.nameOf(this.#row))
    return rejected !== undefined && !hasMovedStart(rejected.sample, current)
  }

  /** It contradicts the last good sample: it is the good one only when it goes on from the one that was rejected before. */
  #doubt(): boolean {
    const [previous, current, kept] = [this.#previous, this.#current, this.#kept]
    const name = kept.nameOf(this.#row)
    const rejected = kept.rejectedOf(name)
    const reason = this.#reasonOf(previous)
    let movedStarts = reason === 'start-moved' ? 1 : 0
    if (rejected !== undefined) {
      const how = continuation(rejected.sample, current, this.#limits, this.#window)
      // The same glitch may last for two scrapes that follow each other at once.
      const isLater = this.#sinceMs(rejected.sample) >= LEAST_WINDOW_SHARE * this.#resolutionMs
      if (how === 'repeated' || !isLater) return this.#leaveOut(reason)
      if (how !== 'contradicts') {
        kept.clearRejected(name)
        const isNews = this.#goOn(how, rejected.sample)
        if (isNews) this.#draft.flagLast(ODD_WINDOW)
        return isNews
      }
      if (movedStarts > 0 && this.#reasonOf(rejected.sample) === reason) {
        movedStarts += rejected.movedStarts
      }
    }
    if (movedStarts < MOVED_STARTS_OF_DRIFT) {
      const flags = previous.flags & (START_DRIFTS | KEPT_BY_RUNTIME)
      kept.reject(name, { sample: { ...current.copy(), flags }, movedStarts })
      return this.#leaveOut(reason)
    }
    // A container that restarts does not begin each life with more than all that it used in the one before.
    kept.clearRejected(name)
    measureWindow(previous, current, this.#window)
    return this.#grew(previous)
  }

  #goOn(how: Continuation, previous: ObservedSample): boolean {
    switch (how) {
      case 'grew':
        return this.#grew(previous)
      case 'repeated':
        return this.#repeated()
      case 'restarted':
        return this.#first(
          START_CONFIRMED | WITHOUT_RATE | RESTARTED | this.#zeroFlag(),
          this.#ownWindow(previous.clock),
        )
      case 'uncounted':
        return this.#first(0, this.#rules.ownWindowMs)
      default: {
        // A container's own rate is over the time since the kubelet was last asked, a node's over cAdvisor's interval.
        const flags = previous.flags & ~ZERO_AT_FIRST
        return this.#rules === this.#nodeRules ? this.#first(flags, HOUSEKEEPING_MS) : this.#startOver(flags)
      }
    }
  }

  #grew(previous: ObservedSample): boolean {
    const [draft, kept, row, rules, limits] = [this.#draft, this.#kept, this.#row, this.#rules, this.#limits]
    const [current, window, rate] = [this.#current, this.#window, this.#rate]
    const isShort = this.isExtra || window.midMs < LEAST_WINDOW_SHARE * this.#resolutionMs
    // The counter did not fall: it is the same container, whose start moves by itself.
    const before = hasMovedStart(previous, current) ? drifting(previous.flags) : previous.flags
    let flags = this.#flagsOf(before) & ~ZERO_AT_FIRST
    const isContainer = rules === this.#containerRules
    // An existing rate is kept through an extra scrape for other pods.
    if (isContainer && isShort && kept.hasRate(row)) return this.#repeated()
    const ageMs = (flags & START_DRIFTS) === 0 ? ageOf(current, limits) : Number.NaN
    // It was there at the earlier sample, whatever its start says.
    const isOldEnough = !(Math.max(leastAge(ageMs, current), window.minMs + LATE_MS) < rules.leastAgeMs)
    let hasRate = isOldEnough && !(isContainer && isShort && !isFirstRate(flags, window.midMs))
    const own = believableOwnRate(current, limits)
    // The first sample may have been a glitch: the next one goes on from this one, whatever the kubelet's rate.
    const isDoubtful = isContainer && (flags & WITHOUT_RATE) !== 0 && isDenied(previous, current, own, window)
    if (hasRate) {
      growthRate(previous, current, window, rate)
      hasRate = !isDoubtful
      if (isDoubtful) flags &= ~WITHOUT_RATE
      const mayBeOverLife = (flags & RESTARTED) === 0 || !isCut(current)
      if (mayBeOverLife && ageMs < rules.youngMs && (!hasRate || isShorterThanOrdinary(window, this.#resolutionMs))) {
        // The rate stays what the counter grew by where nothing can be said of the whole life.
        draft.setLast(undefined, Number.NaN, flags)
        const grown = hasRate ? rate.cpuNanocores : Number.NaN
        if (lifeRate(current, ageMs, own, grown, rate)) flags |= OVER_LIFE
        hasRate ||= (flags & OVER_LIFE) !== 0
      }
    }
    if (!hasRate) this.#askForAnother(previous, ageMs, flags)
    draft.setLast(hasRate ? rate : undefined, this.#nowMs(), hasRate ? flags & ~WITHOUT_RATE : flags)
    // The next ordinary scrape makes a rate over all the time from the first one.
    if (isContainer && isShort && !isDoubtful) draft.rebaseLast(kept, row)
    return true
  }

  #repeated(): boolean {
    const [draft, kept, row] = [this.#draft, this.#kept, this.#row]
    const now = this.#nowMs()
    if (!kept.hasRate(row)) {
      kept.show(row, this.#previous)
      this.#askForAnother(this.#previous, Number.NaN, this.#previous.flags)
    }
    draft.replaceLast(kept, row)
    draft.confirmLast(now)
    return false
  }

  /** Something that is seen for the first time. */
  #firstSeen(since: ScrapeClock | undefined): boolean {
    const current = this.#current
    if (isUnclear(current)) return this.#startOver()
    const isStartedSince = since !== undefined && current.startTimeMs >= nodeTime(since) - 2 * CUT_MS
    const confirmed = isStartedSince && isSettled(current) ? START_CONFIRMED : 0
    return this.#first(WITHOUT_RATE | confirmed | this.#zeroFlag(), this.#ownWindow(since))
  }

  /** There is nothing to be said of its time: the next sample will be compared with it. */
  #startOver(flags = 0): boolean {
    this.#draft.setLast(undefined, this.#nowMs(), flags)
    return true
  }

  /**
   * The likely window of the kubelet's own rate, after the scrape `since`; NaN when that was long ago, since the kubelet may
   * have been asked in between, or in the other format, for which it computes no rate.
   */
  #ownWindow(since: ScrapeClock | undefined): number {
    if (since === undefined || this.#rules === this.#nodeRules) return this.#rules.ownWindowMs
    const sinceMs = this.#nowMs() - since.askedAt.monotonicMs
    return since.source === 'summary' && sinceMs <= LONGEST_OWN_SHARE * this.#resolutionMs ? sinceMs : Number.NaN
  }

  /** What a sample says by itself; `ownWindowMs` is the likely window of the kubelet's own rate, NaN when it is not known. */
  #first(given: number, ownWindowMs: number): boolean {
    const [draft, current, rate, rules, limits] = [this.#draft, this.#current, this.#rate, this.#rules, this.#limits]
    let flags = this.#flagsOf(given)
    draft.setLast(undefined, Number.NaN, flags)
    const ageMs = ageOf(current, limits)
    let hasRate = false
    // Where the start is cut to the second, the window begins before it: what the one before used there is not known.
    const mayBeOverLife = (flags & RESTARTED) === 0 || !isCut(current)
    if ((flags & ZERO_AT_FIRST) !== 0) hasRate = false
    else if (Number.isNaN(current.cpuNanoseconds) || !(ageMs < rules.youngMs)) {
      hasRate = ownRate(current, ageMs, limits, ownWindowMs, rate)
    } else if (mayBeOverLife && !(leastAge(ageMs, current) < rules.leastAgeMs)) {
      const own = believableOwnRate(current, limits)
      hasRate = lifeRate(current, ageMs, own, Number.NaN, rate)
      if (hasRate) flags |= OVER_LIFE
      else hasRate = ownRate(current, ageMs, limits, ownWindowMs, rate)
    }
    if (!hasRate) this.#askForAnother(current, ageMs, flags)
    draft.setLast(hasRate ? rate : undefined, this.#nowMs(), hasRate ? flags & ~WITHOUT_RATE : flags)
    return true
  }

  /** A sample that cannot be: what was before stays, until the retention ends. */
  #leaveOut(reason: RejectionReason): boolean {
    this.last.rejected = reason
    if (this.#row >= 0) {
      this.#draft.replaceLast(this.#kept, this.#row)
      return false
    }
    this.#draft.setLast(undefined, this.#nowMs(), 0)
    return true
  }

  /** When another scrape could make a rate of something that has none yet. `first` is its first sample. */
  #askForAnother(first: ObservedSample, ageMs: number, flags: number): void {
    const sinceMs = this.#sinceMs(first)
    if ((flags & WITHOUT_RATE) === 0 || sinceMs > WORTH_ANOTHER_MS) return
    const current = this.#current
    if (Number.isNaN(current.workingSetBytes)) return
    const untilOld = this.#rules.leastAgeMs - leastAge(ageMs, current) + LATE_MS
    const untilSecond = SECOND_SAMPLE_MS - sinceMs
    const waitMs = Math.max(untilSecond, Number.isNaN(untilOld) ? 0 : untilOld)
    if (waitMs > 0) this.last.anotherMs = waitMs
  }

  /** Why the sample does not go on from an earlier one; after {@link continuation}, which measured the window. */
  #reasonOf(previous: ObservedSample): RejectionReason {
    const current = this.#current
    if (Number.isNaN(current.cpuNanoseconds)) return 'counter-missing'
    const grown = current.cpuNanoseconds - previous.cpuNanoseconds
    if (grown < 0) return 'counter-fell'
    return (grown * 1000) / this.#window.midMs > this.#limits.nanocores ? 'cpu-beyond-capacity' : 'start-moved'
  }

  #zeroFlag(): number {
    return this.#current.cpuNanoseconds === 0 ? ZERO_AT_FIRST : 0
  }

  #flagsOf(before: number): number {
    const lasting = before & ~(OVER_LIFE | ODD_WINDOW)
    return isKept(this.#current) ? lasting | KEPT_BY_RUNTIME : lasting
  }

  #nowMs(): number {
    return this.#current.clock.askedAt.monotonicMs
  }

  /** How long before this scrape another sample came, milliseconds. */
  #sinceMs({ clock }: ObservedSample): number {
    return this.#nowMs() - clock.askedAt.monotonicMs
  }
}
