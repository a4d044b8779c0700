import { readFileSync } from 'node:fs'

/** An answer that the Go metrics-server 0.8.1 gave. */
export interface RecordedAnswer {
  readonly id: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly status: number
  readonly contentType: string
  readonly body?: string
  readonly base64?: string
}

const file = new URL('../fixtures/api/answers.json', import.meta.url)

export function recordedAnswers(): RecordedAnswer[] {
  return JSON.parse(readFileSync(file, 'utf8'))
}

export function recordedAnswer(id: string): RecordedAnswer {
  const found = recordedAnswers().find((answer) => answer.id === id)
  if (found === undefined) throw new Error(`no recorded answer ${id}`)
  return found
}

/** The bytes of an answer's body. */
export function recordedBody(id: string): Buffer {
  const { body, base64 } = recordedAnswer(id)
  return base64 === undefined ? Buffer.from(body ?? '') : Buffer.from(base64, 'base64')
}
