import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock, Timer } from '../../model/clock.ts'
import type { User } from '../../model/identity.ts'
import { type RequestInfo, requestInfo } from '../request/request-info.ts'
import type { RequestTarget } from '../request/request-target.ts'
import { receivedOf } from '../request/routed-request.ts'
import { requiredName } from '../resources/selection.ts'

/** Go echoes any Audit-Id; we echo those that fit a header and a log line, and make a new one for the rest. */
const SANE = /^[\x21-\x7e]{1,128}$/

/**
 * The Audit-Id that an answer carries (apiserver, pkg/endpoints/filters/audit_init.go).
 * @param given the request's own header.
 */
export function auditId(given: string | string[] | undefined, newId: () => string): string {
  return typeof given === 'string' && SANE.test(given) ? given : newId()
}

/** What is known of a request. It grows from hook to hook. */
export interface RequestContext {
  readonly method: string
  readonly target: RequestTarget
  readonly headers: IncomingHttpHeaders
  /** Header names and values alternating, as they came. */
  readonly rawHeaders: readonly string[]
  /** When its head had come, monotonic milliseconds. */
  readonly startedMs: number
  /** The question that the authorizer is asked. */
  info: RequestInfo
  /** Who sends it, from authentication on. */
  user: User | undefined
  deadline: Timer | undefined
  /**
   * Called once the whole answer has been handed on, whether the client has read it or not, with the bytes of its body before
   * compression; or with `undefined` once it has been broken off.
   */
  readonly afterReply: ((bytes: number | undefined) => void)[]
}

declare module 'fastify' {
  interface FastifyRequest {
    /** `undefined` for what is no proper request. */
    context: RequestContext | undefined
  }
}

export function contextOf({ context }: FastifyRequest): RequestContext {
  if (context === undefined) throw new Error('a request has got past the check of its head without a context')
  return context
}

/** Who sends a request that has been authenticated. */
export function userOf({ user }: RequestContext): User {
  if (user === undefined) throw new Error('a request has got past authentication without a user')
  return user
}

/** Gives each request its context. */
export function addRequestContext(app: FastifyInstance, clock: Pick<Clock, 'monotonicMs'>): void {
  app.decorateRequest('context', undefined)
  app.addHook('onRequest', (request, _reply, done) => {
    const { raw } = request
    const { method, target } = receivedOf(raw)
    if (target === undefined) throw new Error('a request without a target has got past the check of its head')
    const { path, query } = target
    const context: RequestContext = {
      ...{ method, target, headers: raw.headers, rawHeaders: raw.rawHeaders, startedMs: clock.monotonicMs() },
      info: { kind: 'path', verb: method.toLowerCase(), path },
      ...{ user: undefined, deadline: undefined, afterReply: [] },
    }
    request.context = context
    // Where this throws, the answer needs the rest of the context.
    context.info = requestInfo(method, path, target.raw, query, requiredName)
    done()
  })
}
