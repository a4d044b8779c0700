import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { KeyPair, PairFiles } from './key-pair.ts'

/** Puts a whole file in the place of another. Nothing that lies under the new name is followed or written through. */
async function place(path: string, text: string, mode: number): Promise<() => Promise<void>> {
  const fresh = `${path}.new`
  await rm(fresh, { force: true })
  await writeFile(fresh, text, { mode, flag: 'wx' })
  return () => rename(fresh, path)
}

/** Writes the pair, the key readable by its owner only. Rejects with the file system's error. */
export async function writePair({ certPem, keyPem }: KeyPair, { certFile, keyFile }: PairFiles): Promise<void> {
  await mkdir(dirname(certFile), { recursive: true, mode: 0o755 })
  const placeKey = await place(keyFile, keyPem, 0o600)
  const placeCert = await place(certFile, certPem, 0o644)
  await placeKey()
  await placeCert()
}
