import type { IncomingHttpHeaders } from 'node:http'
import { TLSSocket } from 'node:tls'
import { ANONYMOUS, type User } from '../../src/model/identity.ts'

const AUTHENTICATED = 'system:authenticated'

export function user(name: string, groups: readonly string[]): User {
  return { name, uid: undefined, groups: [...groups, AUTHENTICATED], extra: new Map() }
}

/** A service account as its token shows it (kubernetes, pkg/serviceaccount). */
export function serviceAccount(namespace: string, name: string): User {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
  return user(`system:serviceaccount:${namespace}:${name}`, groups)
}

/** Bearer tokens and whose they are. */
export class Tokens {
  readonly #users = new Map<string, User>()

  add(token: string, owner: User): void {
    this.#users.set(token, owner)
  }

  /** From now on the token is nobody's. */
  revoke(token: string): void {
    this.#users.delete(token)
  }

  userOf(token: string): User | undefined {
    return this.#users.get(token)
  }
}

/**
 * Who sends a request: by client certificate (signed by the CA that the server was given), by bearer token, or nobody in
 * particular. `undefined` when a token is shown that is nobody's.
 */
export function authenticate(socket: unknown, headers: IncomingHttpHeaders, tokens: Tokens): User | undefined {
  const byCertificate = socket instanceof TLSSocket && socket.authorized ? certificateUser(socket) : undefined
  if (byCertificate !== undefined) return byCertificate
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
  return token === undefined ? ANONYMOUS : tokens.userOf(token.trim())
}

function certificateUser(socket: TLSSocket): User | undefined {
  const subject = socket.getPeerCertificate()?.subject as { CN?: string; O?: string | string[] } | undefined
  if (subject?.CN === undefined) return undefined
  return user(subject.CN, [subject.O ?? []].flat())
}
