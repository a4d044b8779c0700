import { readFileSync } from 'node:fs'

/** Of the fields of /proc/PID/stat after the name: user and system time, in ticks of 10 ms. */
const USER_TICKS = 11
const SYSTEM_TICKS = 12
const TICKS_PER_SECOND = 100

/** What a process has cost so far, as Linux accounts it. */
export interface ProcessCost {
  cpuSeconds(): number
  /** Resident memory, bytes: now, and the most that it ever was. */
  memory(): { readonly residentBytes: number; readonly peakBytes: number }
}

export function costOf(pid: number): ProcessCost {
  const status = (field: string, text: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024
  return {
    cpuSeconds() {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND
    },
    memory() {
      const text = readFileSync(`/proc/${pid}/status`, 'utf8')
      return { residentBytes: status('VmRSS', text), peakBytes: status('VmHWM', text) }
    },
  }
}
