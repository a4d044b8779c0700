import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority } from '../../certs/authority.ts'
import { createAccessReviewer, createTokenReviewer } from '../../src/cluster/reviews.ts'
import { openRoleClients, type RoleClients } from '../../src/server/role-clients.ts'
import { parseOptions } from '../../src/options/parse.ts'
import { base64 } from '../cluster/credentials/credentials-fixture.ts'
import { hang, respond } from '../support/fake-answers.ts'
import { type FakeApiserver, startFakeApiserver } from '../support/fake-apiserver.ts'
import { followerOf } from '../support/follower.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { useTemporaryFolder } from '../support/temporary-folder.ts'

const REVIEWS = {
  tokens: '/apis/authentication.k8s.io/v1/tokenreviews',
  access: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
}

describe('the clients of the apiserver', () => {
  const folder = useTemporaryFolder()
  let apiserver: FakeApiserver
  let roles: RoleClients
  beforeEach(async () => {
    apiserver = await startFakeApiserver({ authority: await createAuthority('cluster') })
    const cluster = `{server: "${apiserver.url.origin}", certificate-authority-data: ${base64(apiserver.caPem)}}`
    const kubeconfig = join(folder.path, 'kubeconfig')
    await writeFile(
      kubeconfig,
      `current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: ${cluster}}]\n`,
    )
    const outcome = parseOptions([`--kubeconfig=${kubeconfig}`])
    if (outcome.kind !== 'run') throw new Error(JSON.stringify(outcome))
    const clock = createManualClock()
    const log = createRecordingLog()
    roles = await openRoleClients(outcome.options, {
      clock,
      log,
      follower: followerOf(clock),
      env: {},
      userAgent: 'test/1',
    })
  })
  afterEach(async () => {
    await roles.close()
    await apiserver.stop().catch(() => undefined)
  })

  it.each([
    ['tokens', 'access'],
    ['access', 'tokens'],
  ] as const)('have connections apart: reviews of %s that hang keep neither reviews of %s nor lists waiting', async (hanging, other) => {
    const { main, lookup, authentication, authorization } = roles.client
    const user = { name: 'jane', uid: undefined, groups: [], extra: new Map() }
    const { signal } = new AbortController()
    const ask = {
      tokens: () => createTokenReviewer({ client: authentication })('token', signal),
      access: () =>
        createAccessReviewer({ client: authorization })(user, { kind: 'path', verb: 'get', path: '/metrics' }, signal),
    }
    apiserver.handle(REVIEWS[hanging], hang)
    for (let i = 0; i < 50; i++) ask[hanging]().catch(() => undefined)
    await expect.poll(() => apiserver.requests.length).toBe(8)
    const status = { authenticated: true, user: { username: 'robot' }, allowed: true }
    apiserver.handle(REVIEWS[other], (_request, response) => respond(response, 201, { status }))
    apiserver.handle('/list', (_request, response) => respond(response, 200, {}))
    expect(await ask[other]()).toMatchObject(other === 'tokens' ? { name: 'robot' } : { allowed: true })
    for (const client of [main, lookup]) {
      expect((await client.request({ method: 'GET', path: '/list' })).status).toBe(200)
    }
  })
})
