import { isIP } from 'node:net'
import type { Followed, Follower } from '../files/follower.ts'
import { isSamePair, type KeyPair, readPair, type UsablePair } from './key-pair.ts'

/** One `--tls-sni-cert-key`. */
export interface SniCertificateFiles {
  readonly certFile: string
  readonly keyFile: string
  /** Host names, with `*.` at most in front, or IP addresses; empty: the certificate's own names. */
  readonly names: readonly string[]
}

/** The certificates for some names, as they are now. */
export interface SniCertificates {
  /**
   * What to show to a client that asks for a name, or that came to an address without asking for one; `undefined`: the
   * serving certificate `main`.
   */
  choose(nameOrAddress: string, main: UsablePair): KeyPair | undefined
  all(): readonly { readonly certFile: string; readonly pair: UsablePair }[]
  /** After every change of one of them. */
  onChange(listener: () => void): void
}

interface Entry extends SniCertificateFiles {
  readonly followed: Followed<UsablePair>
}

const HOST = /^(\*|(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)$/
/** What Go compares: names among the subject's alternative ones only, a `*` for one whole label. */
const STRICT = { subject: 'never', partialWildcards: false } as const

/** The certificate's names: its common name, when it is a host's, and its DNS names; never its addresses. */
function ownNames({ leaf }: UsablePair): string[] {
  const commonName = /^CN=(.*)$/m.exec(leaf.subject)?.[1]?.toLowerCase() ?? ''
  const dns = [...(leaf.subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^,]+)/g)].map((match) => (match[1] ?? '').trim())
  const isHost = isIP(commonName) === 0 && HOST.test(commonName)
  return [...(isHost ? [commonName] : []), ...dns.map((name) => name.toLowerCase())]
}

/** Of two certificates for one name that of the earlier flag holds, and names that were given before those found. */
function byName(entries: readonly Entry[]): Map<string, UsablePair> {
  const chosen = new Map<string, UsablePair>()
  const given = entries.flatMap((entry) => entry.names.map((name) => ({ entry, name: name.toLowerCase() })))
  const found = entries
    .filter(({ names }) => names.length === 0)
    .flatMap((entry) => ownNames(entry.followed.current()).map((name) => ({ entry, name })))
  for (const { entry, name } of [...given, ...found]) {
    if (!chosen.has(name)) chosen.set(name, entry.followed.current())
  }
  return chosen
}

const speaksFor = ({ leaf }: UsablePair, name: string): boolean => leaf.checkHost(name, STRICT) !== undefined

/**
 * The certificates of `--tls-sni-cert-key`, each followed while it changes. They are chosen among as the Go server
 * does: by the exact name, else by the name with `*` for its first label (apiserver, pkg/server/dynamiccertificates/
 * named_certificates.go); else the first certificate that speaks for the name, the serving certificate being the first
 * of all (Go, crypto/tls, Config.getCertificate). Without a name the address counts, where one was given.
 * @throws UnusableError when the files of one cannot be used.
 */
export async function followSniCertificates(
  files: readonly SniCertificateFiles[],
  follower: Follower,
): Promise<SniCertificates> {
  const follow = async (one: SniCertificateFiles): Promise<Entry> => {
    const source = { name: `SNI certificate ${one.certFile}`, read: () => readPair(one), isSame: isSamePair }
    return { ...one, followed: await follower.follow<UsablePair>(source) }
  }
  const entries = await Promise.all(files.map(follow))
  let chosen = byName(entries)
  const listeners: (() => void)[] = []
  for (const { followed } of entries) {
    followed.onChange(() => {
      chosen = byName(entries)
      for (const listener of listeners) listener()
    })
  }
  return {
    choose(nameOrAddress, main) {
      const name = nameOrAddress.toLowerCase()
      if (isIP(name) !== 0) return chosen.get(name)
      const named = chosen.get(name) ?? chosen.get(name.replace(/^[^.]*/, '*'))
      if (named !== undefined || speaksFor(main, name)) return named
      return entries.map(({ followed }) => followed.current()).find((pair) => speaksFor(pair, name))
    },
    all: () => entries.map(({ certFile, followed }) => ({ certFile, pair: followed.current() })),
    onChange: (listener) => void listeners.push(listener),
  }
}
