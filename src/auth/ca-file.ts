import { createReadStream } from 'node:fs'
import type { Clock, Timer } from '../model/clock.ts'
import type { FaultLog } from '../model/log.ts'
import { MAX_BUNDLE_LENGTH, parseCaBundle } from './ca-bundle.ts'

/** A CA file that cannot be used; the message names it and says why. */
export class CaFileError extends Error {
  override readonly name = 'CaFileError'
}

export interface CaFile {
  /** The last content that was usable. */
  pem(): string
  start(): void
  stop(): void
}

export interface CaFileOptions {
  readonly path: string
  readonly clock: Clock
  readonly faults: FaultLog
  onChange(): void
}

/** Go's FileRefreshDuration. */
const CHECK_INTERVAL_MS = 60_000

/** Reads no more than a byte beyond what a bundle may have, whatever the path leads to. */
async function readBounded(path: string): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of createReadStream(path, { end: MAX_BUNDLE_LENGTH })) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

async function readUsable(path: string): Promise<string> {
  try {
    const pem = await readBounded(path)
    parseCaBundle(pem)
    return pem
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new CaFileError(`the CA file ${path} is not usable: ${why}`, { cause })
  }
}

/**
 * A CA bundle in a file, read again every minute once started. Its content is compared, not its times: a mounted Secret
 * changes by a symlink being turned.
 * @throws CaFileError when it is not usable now. Later on that is reported, and the last usable content stays.
 */
export async function createCaFile({ path, clock, faults, onChange }: CaFileOptions): Promise<CaFile> {
  const fault = `CA file ${path}`
  let pem = await readUsable(path)
  let timer: Timer | undefined
  let stopped = false

  const check = async () => {
    try {
      const next = await readUsable(path)
      faults.resolve(fault)
      if (next !== pem && !stopped) {
        pem = next
        onChange()
      }
    } catch (error) {
      if (!(error instanceof CaFileError)) throw error
      faults.report(fault, `${error.message}; what it held before stays in force`)
    }
  }
  const schedule = () => {
    timer = clock.after(CHECK_INTERVAL_MS, () => {
      void check().finally(() => {
        if (!stopped) schedule()
      })
    })
  }

  return {
    pem: () => pem,
    start: schedule,
    stop() {
      stopped = true
      timer?.cancel()
    },
  }
}
