import type { Clock, Timer } from '../model/clock.ts'
import type { FaultLog, Logger } from '../model/log.ts'
import { UnusableError } from './text-file.ts'

/** Something that is replaced while we run: a file, or several that belong together. */
export interface Source<T> {
  /** For people, and the key of its fault: "the CA file /etc/ca.crt". */
  readonly name: string
  /**
   * Reads and checks what there is now; `current` is what is in use, `undefined` at the start.
   * @throws UnusableError when that is not to be used.
   */
  read(current: T | undefined): Promise<T>
  isSame(a: T, b: T): boolean
  /** Such a change happens every hour, and is not worth a line of the log. */
  isEveryday?(before: T, after: T): boolean
}

/** The last content of a source that was usable. */
export interface Followed<T> {
  current(): T
  /** After every change of `current()`. */
  onChange(listener: () => void): void
  /** Reads it now. True when `current()` has changed. @throws UnusableError when it cannot be used: nothing changes. */
  renew(): Promise<boolean>
}

/** Looks after all sources by one timer. */
export interface Follower {
  /** Reads a source and looks at it from then on. @throws UnusableError when it cannot be used now. */
  follow<T>(source: Source<T>): Promise<Followed<T>>
}

interface FollowerOptions {
  readonly clock: Pick<Clock, 'after'>
  readonly faults: FaultLog
  readonly log: Logger
}

/** A follower of this process, to be started and stopped with it. */
export interface RunningFollower extends Follower {
  start(): void
  stop(): void
}

/**
 * How often sources are read. A replacement that is met half written takes another look to come into use, and a minute is
 * what Go's FileRefreshDuration promises.
 */
const LOOK_EVERY_MS = 10_000

const kindOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error)

/** What may be said of an error: of one that was not made to be shown, only its kind. */
const messageOf = (error: unknown, name: string): string =>
  error instanceof UnusableError ? error.message : `${name} cannot be used (${kindOf(error)})`

/** One source under the follower's eyes. */
class Watched<T> {
  readonly #source: Source<T>
  readonly #options: FollowerOptions
  readonly #listeners: (() => void)[] = []
  #current: T
  #reading: Promise<boolean> | undefined
  #next: Promise<boolean> | undefined
  #failures = 0

  constructor(source: Source<T>, first: T, options: FollowerOptions) {
    this.#source = source
    this.#current = first
    this.#options = options
  }

  current(): T {
    return this.#current
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** Who asks knows of a change that a reading which is under way may have come too early for: there is one after it. */
  renew(): Promise<boolean> {
    if (this.#reading === undefined) return this.#begin()
    this.#next ??= this.#reading
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return this.#reading ?? this.#begin()
      })
    return this.#next
  }

  /** One that still reads (a plugin, a network file system) is left to it. */
  look(): void {
    if (this.#reading !== undefined) return
    this.renew().catch((error: unknown) => {
      const { name } = this.#source
      this.#failures++
      // Once may be a replacement that is being written.
      if (this.#failures < 2) return
      this.#options.faults.report(name, 'Cannot use a replacement; what was there before stays in use', {
        what: name,
        err: messageOf(error, name),
      })
    })
  }

  #begin(): Promise<boolean> {
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<boolean> {
    const { name } = this.#source
    const before = this.#current
    const next = await this.#source.read(before)
    this.#failures = 0
    this.#options.faults.resolve(name)
    if (this.#source.isSame(next, before)) return false
    this.#current = next
    const verbosity = this.#source.isEveryday?.(before, next) ? 2 : 0
    this.#options.log.verbose(verbosity, 'Replaced, and in use from now on', { what: name })
    this.#notify()
    return true
  }

  /** What goes wrong with one of them is no fault of the source, and no reason to keep it from the others. */
  #notify(): void {
    const { name } = this.#source
    const key = `${name} in use`
    let failure: unknown
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch (error) {
        failure = error
      }
    }
    if (failure === undefined) this.#options.faults.resolve(key)
    else this.#options.faults.report(key, 'Replaced, but not in use everywhere', { what: name, err: kindOf(failure) })
  }
}

const followedOf = <T>(one: Watched<T>): Followed<T> => ({
  current: () => one.current(),
  onChange: (listener) => one.onChange(listener),
  renew: () => one.renew(),
})

/**
 * Reads every source again each ten seconds. Contents are compared, not times: what a Secret or ConfigMap is mounted as
 * changes by a symlink being turned, and times of files may be kept by who copies them. A content that cannot be used is
 * reported when it is still there at the next look, and what was before stays in use.
 */
export function createFollower(options: FollowerOptions): RunningFollower {
  const watched: { look(): void }[] = []
  let timer: Timer | undefined

  const turn = (): void => {
    timer = options.clock.after(LOOK_EVERY_MS, turn)
    for (const one of watched) one.look()
  }
  return {
    async follow(source) {
      const one = new Watched(source, await source.read(undefined), options)
      watched.push(one)
      return followedOf(one)
    },
    start() {
      timer = options.clock.after(LOOK_EVERY_MS, turn)
    },
    stop() {
      timer?.cancel()
      watched.length = 0
    },
  }
}
