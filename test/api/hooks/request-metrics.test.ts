import { afterEach, expect, it } from 'vitest'
import type { RequestMetrics } from '../../../src/api/options.ts'
import { createWorld, type World } from '../../contract/support/world.ts'

const PODS = '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods'
let world: World
afterEach(() => world.api.close())

async function setUp(changes: Parameters<typeof createWorld>[0] = {}) {
  const answers: string[] = []
  const sizes: number[] = []
  const inFlight: string[] = []
  const requestMetrics: RequestMetrics = {
    answered({ verb, resource, subresource }, status, seconds) {
      answers.push(`${verb} ${resource}${subresource} ${status}`)
      if (!(seconds >= 0 && seconds < 60)) throw new Error(`it took ${seconds} s`)
    },
    sized: (_, bytes) => sizes.push(bytes),
    inFlight: (pool, count) => inFlight.push(`${pool} ${count}`),
  }
  world = await createWorld({ requestMetrics, ...changes })
  const ask = (url: string, token = 'admin', method: 'GET' | 'POST' = 'GET') =>
    world.api.server.inject({ method, url, headers: token === '' ? {} : { authorization: `Bearer ${token}` } })
  return { answers, sizes, inFlight, ask }
}

it('every answer is counted once, those of the filters too', async () => {
  const { answers, sizes, ask } = await setUp()
  const { rawPayload } = await ask(PODS)
  await ask(`${PODS}/none`)
  await ask(PODS, 'nobody')
  await ask(PODS, 'viewer')
  await ask(PODS, 'admin', 'POST')
  await ask('/livez', '')
  await ask('/nowhere')
  expect(answers).toEqual([
    ...['LIST pods 200', 'GET pods 404', 'LIST pods 401', 'LIST pods 403', 'POST pods 405'],
    ...['GET /livez 200', 'GET  404'],
  ])
  expect(sizes[0]).toBe(rawPayload.length)
})

it('what is in flight is reported when it comes and when it goes', async () => {
  const { inFlight, ask } = await setUp()
  await ask(PODS)
  await ask(PODS, 'admin', 'POST')
  expect(inFlight).toEqual(['readOnly 1', 'readOnly 0', 'mutating 1', 'mutating 0'])
})

it('a request that finds no place, and one whose review fails, are counted with their status', async () => {
  let answerReview = () => {}
  const authorize = async () => {
    await new Promise<void>((resolve) => {
      answerReview = resolve
    })
    throw new Error('no answer')
  }
  const { answers, ask } = await setUp({ authorize, limits: { maxRequestsInflight: 1 } })
  const first = ask(PODS, 'viewer')
  // An injected request begins when it is waited for.
  await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 20))])
  expect((await ask(PODS, 'viewer')).statusCode).toBe(429)
  answerReview()
  await first
  expect(answers).toEqual(['LIST pods 429', 'LIST pods 500'])
})
