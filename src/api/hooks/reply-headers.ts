import type { FastifyInstance } from 'fastify'
import type { Connections } from '../server/connections.ts'
import { isAnonymous } from './in-flight-limit.ts'

export interface ReplyHeadersParts {
  readonly connections: Connections
  isClosing(): boolean
}

/**
 * Sets the headers that every answer carries.
 *
 * An HTTP/2 connection whose client stays anonymous ends with the answer (apiserver, feature
 * UnauthenticatedHTTP2DOSMitigation).
 */
export function addReplyHeaders(app: FastifyInstance, { connections, isClosing }: ReplyHeadersParts): void {
  app.addHook('onSend', ({ raw, id, context }, reply, _payload, done) => {
    if (context !== undefined) {
      const { user } = context
      if (reply.statusCode === 401 || (user !== undefined && isAnonymous(user))) connections.dismiss(raw)
      reply.header('audit-id', id)
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache, private')
      if (raw.httpVersionMajor === 1 && isClosing()) reply.header('connection', 'close')
    }
    done()
  })
}
