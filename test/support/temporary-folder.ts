import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'

/** A folder of the machine's, new and empty for each test of the file, and gone after it. */
export function useTemporaryFolder(): { readonly path: string } {
  const folder = { path: '' }
  beforeEach(async () => {
    folder.path = await mkdtemp(join(tmpdir(), 'metrics-server-'))
  })
  afterEach(() => rm(folder.path, { recursive: true, force: true }))
  return folder
}
