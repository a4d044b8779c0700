const BLOCK = 512

const textAt = (block: Buffer, from: number, length: number): string => {
  const field = block.toString('utf8', from, from + length)
  const end = field.indexOf('\0')
  return end < 0 ? field : field.slice(0, end)
}

/**
 * Reads one file out of a tar archive in memory (ustar, as npm packs).
 * @throws Error when it is not there.
 */
export function readFromTar(tar: Buffer, name: string): Buffer {
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK)
    const size = Number.parseInt(textAt(header, 124, 12).trim() || '0', 8)
    const prefix = textAt(header, 345, 155)
    const path = prefix === '' ? textAt(header, 0, 100) : `${prefix}/${textAt(header, 0, 100)}`
    if (path === name) return tar.subarray(at + BLOCK, at + BLOCK + size)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  throw new Error(`${name} is not in the tar archive`)
}
