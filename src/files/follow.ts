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
