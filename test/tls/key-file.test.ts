import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { warnOfOpenKeys } from '../../src/tls/key-pair.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { useTemporaryFolder } from '../support/temporary-folder.ts'

const folder = useTemporaryFolder()

async function warned(...paths: (string | undefined)[]) {
  const log = createRecordingLog()
  await warnOfOpenKeys(paths, log)
  return log.lines
}

async function keyOf(mode: number): Promise<string> {
  const path = join(folder.path, 'tls.key')
  await writeFile(path, 'secret')
  await chmod(path, mode)
  return path
}

describe('a key file', () => {
  it.each([0o644, 0o604, 0o602, 0o666, 0o444])('of mode %o is warned of, with what to do', async (mode) => {
    const path = await keyOf(mode)
    const lines = await warned(path, path)
    expect(lines).toEqual([{ message: expect.stringContaining('chmod 600'), fields: { path } }])
    expect(JSON.stringify(lines)).not.toContain('secret')
  })

  it.each([0o600, 0o400, 0o640, 0o440])('of mode %o is not', async (mode) => {
    expect(await warned(await keyOf(mode))).toEqual([])
  })

  it('behind a link that others may follow counts by its own mode', async () => {
    const path = await keyOf(0o600)
    await symlink(path, join(folder.path, 'link'))
    expect(await warned(join(folder.path, 'link'))).toEqual([])
    await chmod(path, 0o644)
    expect(await warned(join(folder.path, 'link'))).toHaveLength(1)
  })

  it('of a Secret that is mounted is not: 0644 is what it has, and the volume is the pod’s own', async () => {
    const version = join(folder.path, '..2026_01_02_03_04_05.123456789')
    await mkdir(version)
    await writeFile(join(version, 'tls.key'), 'secret', { mode: 0o644 })
    await symlink('..2026_01_02_03_04_05.123456789', join(folder.path, '..data'))
    await symlink('..data/tls.key', join(folder.path, 'tls.key'))
    expect(await warned(join(folder.path, 'tls.key'))).toEqual([])
  })

  it('that is not there, or not given, is nobody’s fault here', async () => {
    expect(await warned(undefined, join(folder.path, 'gone'))).toEqual([])
  })
})
