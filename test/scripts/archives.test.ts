import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFromTar } from '../../scripts/tar.ts'
import { readFromZip } from '../../scripts/zip.ts'

const CONTENT = Buffer.from('#!/bin/sh\n'.repeat(200))

describe('a tar archive', () => {
  let dir = ''
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'archives-'))
    mkdirSync(join(dir, 'package'))
    writeFileSync(join(dir, 'package/first.txt'), 'first')
    writeFileSync(join(dir, 'package/second.sh'), CONTENT)
    execFileSync('tar', ['--format=ustar', '-cf', 'a.tar', 'package'], { cwd: dir })
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  it('gives each of its files', () => {
    const tar = readFileSync(join(dir, 'a.tar'))
    expect(readFromTar(tar, 'package/first.txt').toString()).toBe('first')
    expect(readFromTar(tar, 'package/second.sh')).toEqual(CONTENT)
    expect(() => readFromTar(tar, 'package/third')).toThrow('package/third is not in the tar archive')
  })
})

/** One file, its local header, and the directory. */
function zipOf(name: string, method: number, data: Buffer, size: number): Buffer {
  const local = Buffer.alloc(30)
  local.writeUInt16LE(name.length, 26)
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(method, 10)
  entry.writeUInt32LE(data.length, 20)
  entry.writeUInt32LE(size, 24)
  entry.writeUInt16LE(name.length, 28)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(local.length + name.length + data.length, 16)
  return Buffer.concat([local, Buffer.from(name), data, entry, Buffer.from(name), end])
}

describe('a zip archive', () => {
  it.each([
    ['deflated', 8, deflateRawSync(CONTENT)],
    ['stored', 0, CONTENT],
  ])('gives a file that is %s', (_, method, data) => {
    expect(readFromZip(zipOf('bin/x', method, data, CONTENT.length), 'bin/x')).toEqual(CONTENT)
  })

  it.each([
    ['has no such file', zipOf('bin/x', 0, CONTENT, CONTENT.length), 'bin/y is not in the zip file'],
    ['is cut short', zipOf('bin/y', 8, deflateRawSync(CONTENT), CONTENT.length + 1), 'bin/y is cut short'],
    ['is packed otherwise', zipOf('bin/y', 12, CONTENT, CONTENT.length), 'bin/y is packed by method 12'],
    ['is none', Buffer.alloc(100), 'this is no zip file'],
  ])('that %s is told', (_, zip, message) => {
    expect(() => readFromZip(zip, 'bin/y')).toThrow(message)
  })
})
