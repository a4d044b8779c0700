import { realpath, stat } from 'node:fs/promises'
import type { Logger } from '../model/log.ts'

/** Read or written by every user of the machine. That of a group is often meant: fsGroup, or a group for keys. */
const OTHERS = 0o006
/**
 * Where the kubelet puts the files of a Secret, behind the link `..data`. Their mode is 0644 unless somebody asks for another,
 * and says nothing of who may read them: the volume is the pod's own, and in memory.
 */
const SECRET_VOLUME = /\/\.\.\d{4}_\d\d_\d\d_[^/]+\/[^/]+$/

/** Whether every user of the machine may read a file, or write it. One that is not there, or cannot be looked at, is not open. */
async function isOpen(path: string): Promise<boolean> {
  try {
    const real = await realpath(path)
    return !SECRET_VOLUME.test(real) && ((await stat(real)).mode & OTHERS) !== 0
  } catch {
    return false
  }
}

/** Warns of each file with a private key in it that others may read. */
export async function warnOfOpenKeys(paths: readonly (string | undefined)[], log: Logger): Promise<void> {
  for (const path of new Set(paths)) {
    if (path === undefined || !(await isOpen(path))) continue
    log.warn('Every user of this machine may read or change a file with a private key or token: run chmod 600 on it', {
      path,
    })
  }
}
