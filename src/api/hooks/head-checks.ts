import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { receivedOf } from '../request/routed-request.ts'
import type { Bounds } from '../server/bounds.ts'
import type { Connections } from '../server/connections.ts'
import { type HeadProblem, headProblem } from '../server/request-head.ts'
import { forgetBody } from '../server/unwanted-body.ts'

const BAD_REQUEST: HeadProblem = { status: 400, text: 'Bad Request' }

/** What is no proper request is answered before any filter, as Go's HTTP server does. */
function refuse({ raw }: FastifyRequest, reply: FastifyReply, { status, text }: HeadProblem): void {
  const body = status === 501 ? 'Unsupported transfer encoding' : `${status} ${text}`
  reply.code(status).type('text/plain; charset=utf-8')
  if (raw.httpVersionMajor === 1) {
    reply.raw.statusMessage = text
    reply.header('connection', 'close')
  }
  reply.send(Buffer.from(body))
}

/** Refuses what is no request in HTTP's terms. */
export function addHeadChecks(
  app: FastifyInstance,
  { bounds, connections }: { readonly bounds: Bounds; readonly connections: Connections },
): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request
    forgetBody(raw, reply.raw, bounds.maxDrainBytes)
    const { method, target } = receivedOf(raw)
    const problem = headProblem(raw, bounds, connections.isFrontProxy(raw))
    if (problem !== undefined || target === undefined) {
      refuse(request, reply, problem ?? BAD_REQUEST)
      if (problem?.status === 431) connections.dismiss(raw)
    } else if (target.path === '*' && method === 'OPTIONS') {
      // Asks about the server, not about anything that it serves: Go's HTTP server answers that by itself.
      reply.send()
    } else {
      done()
    }
  })
}
