import { once } from 'node:events'
import http2 from 'node:http2'
import https from 'node:https'
import inject from 'light-my-request'
import type { World } from './world.ts'

export interface Question {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Whose token goes with it; nobody's when left out. */
  readonly as?: string
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>
  readonly body: Buffer
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: an answer's document is looked into at will.
  readonly json: any
}

export interface Transport {
  readonly name: string
  /** Makes what asks; the world's API is closed by whoever made it. */
  open(world: World): Promise<{ ask(question: Question): Promise<Reply>; close(): Promise<void> }>
}

const headersOf = ({ headers, as, body }: Question): Record<string, string> => ({
  ...(as !== undefined && { authorization: `Bearer ${as}` }),
  ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
  ...headers,
})

function replyOf(status: number, headers: Reply['headers'], body: Buffer): Reply {
  const text = body.toString('utf8')
  return {
    status,
    headers,
    body,
    text,
    get json() {
      return JSON.parse(text)
    },
  }
}

const injected: Transport = {
  name: 'inject',
  async open({ api }) {
    return {
      async ask(question) {
        const { method = 'GET', path, body } = question
        const answer = await inject(api.handle, {
          method: method as 'GET',
          url: path,
          headers: headersOf(question),
          ...(body !== undefined && { payload: body }),
        })
        return replyOf(answer.statusCode, answer.headers as Reply['headers'], answer.rawPayload)
      },
      close: async () => {},
    }
  },
}

const http1: Transport = {
  name: 'HTTP/1.1',
  async open({ api, authority }) {
    const { port } = await api.listen()
    const agent = new https.Agent({ keepAlive: true, ca: authority.certPem, host: '127.0.0.1' })
    return {
      async ask(question) {
        const { method = 'GET', path, body } = question
        const request = https.request({ host: '127.0.0.1', port, method, path, agent, headers: headersOf(question) })
        request.end(body)
        const [response] = await once(request, 'response')
        return replyOf(response.statusCode, response.headers, Buffer.concat(await response.toArray()))
      },
      close: async () => agent.destroy(),
    }
  },
}

const http2Transport: Transport = {
  name: 'HTTP/2',
  async open({ api, authority }) {
    const { port } = await api.listen()
    const connect = () => http2.connect(`https://127.0.0.1:${port}`, { ca: authority.certPem })
    let session = connect()
    return {
      async ask(question) {
        const { method = 'GET', path, body } = question
        // Who stays anonymous is told to go away after each answer.
        if (session.closed || session.destroyed) session = connect()
        const head = { ':method': method, ':path': path, ...headersOf(question) }
        const stream = session.request(head, { endStream: body === undefined })
        if (body !== undefined) stream.end(body)
        const [headers] = await once(stream, 'response')
        const chunks: Buffer[] = []
        for await (const chunk of stream) chunks.push(chunk)
        return replyOf(Number(headers[':status']), headers, Buffer.concat(chunks))
      },
      async close() {
        session.close()
      },
    }
  },
}

export const TRANSPORTS: readonly Transport[] = [injected, http1, http2Transport]
