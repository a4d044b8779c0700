import { inflateRawSync } from 'node:zlib'

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const STORED = 0
const DEFLATED = 8

function directoryOf(zip: Buffer): { offset: number; entries: number } {
  // A comment of up to 64 KiB may follow.
  for (let at = zip.length - 22; at >= Math.max(0, zip.length - 22 - 65_535); at--) {
    if (zip.readUInt32LE(at) === END_OF_DIRECTORY) {
      return { offset: zip.readUInt32LE(at + 16), entries: zip.readUInt16LE(at + 10) }
    }
  }
  throw new Error('this is no zip file')
}

/**
 * Reads one file out of a zip archive in memory (APPNOTE.TXT 4.3; no ZIP64, no encryption).
 * @throws Error when it is not there, or stored in a way that this does not read.
 */
export function readFromZip(zip: Buffer, name: string): Buffer {
  const { offset, entries } = directoryOf(zip)
  let at = offset
  for (let i = 0; i < entries; i++) {
    if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('the directory of the zip file is damaged')
    const nameLength = zip.readUInt16LE(at + 28)
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === name) return contentOf(zip, at, name)
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  throw new Error(`${name} is not in the zip file`)
}

function contentOf(zip: Buffer, entry: number, name: string): Buffer {
  const method = zip.readUInt16LE(entry + 10)
  const local = zip.readUInt32LE(entry + 42)
  const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  const data = zip.subarray(begin, begin + zip.readUInt32LE(entry + 20))
  if (method === STORED) return Buffer.from(data)
  if (method !== DEFLATED) throw new Error(`${name} is packed by method ${method}, which is not read here`)
  const content = inflateRawSync(data)
  if (content.length !== zip.readUInt32LE(entry + 24)) throw new Error(`${name} is cut short`)
  return content
}
