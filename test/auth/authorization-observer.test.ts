import { expect, it } from 'vitest'
import { createAuthorizer } from '../../src/auth/authorizer.ts'
import type { AccessDecision, AccessQuestion, User } from '../../src/model/identity.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingFaults } from '../support/recording-log.ts'

const ANN: User = { name: 'ann', uid: undefined, groups: ['dev'], extra: new Map() }
const ANSWERS = new Map<string, () => Promise<AccessDecision>>([
  ['/yes', async () => ({ allowed: true, reason: '' })],
  ['/denied', async () => ({ allowed: false, denied: true, reason: '' })],
  ['/no', async () => ({ allowed: false, reason: '' })],
  ['/nobody-home', () => Promise.reject(new Error('no answer'))],
])

it('every decision is reported, cached ones too, with how long it took', async () => {
  const clock = createManualClock()
  const decisions: string[] = []
  const authorize = createAuthorizer({
    async review(_, question) {
      await clock.advance(1500)
      const answer = question.kind === 'path' ? ANSWERS.get(question.path) : undefined
      return answer === undefined ? { allowed: false, reason: '' } : answer()
    },
    alwaysAllowPaths: ['/livez'],
    authorizedTtlMs: 10_000,
    unauthorizedTtlMs: 5_000,
    clock,
    faults: createRecordingFaults(),
    observer: { decided: (decision, seconds) => decisions.push(`${decision} ${seconds}`) },
  })
  const ask = (path: string, user = ANN) => {
    const question: AccessQuestion = { kind: 'path', verb: 'get', path }
    return authorize(user, question).catch(() => undefined)
  }
  for (const path of [...ANSWERS.keys(), '/yes', '/livez']) await ask(path)
  await ask('/no', { ...ANN, groups: ['system:masters'] })
  expect(decisions).toEqual([
    ...['allowed 1.5', 'denied 1.5', 'no-opinion 1.5', 'error 1.5'],
    ...['allowed 0', 'allowed 0', 'allowed 0'],
  ])
})
