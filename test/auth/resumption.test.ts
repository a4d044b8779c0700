import { describe, expect, it } from 'vitest'
import { clientShape } from '../support/certificate-maker.ts'
import { useConnections } from './connection-fixture.ts'
import type { IdentityServer } from './identity-server.ts'

const at = useConnections()
const { setUp } = at

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('resumption with %s', (maxVersion) => {
  const twice = async (server: IdentityServer) => {
    const intermediate = await at.clientCa.sign({ subject: [{ CN: ['sub'] }], authority: true })
    const identity = { ...(await intermediate.sign(clientShape('bob'))), intermediates: [intermediate] }
    const first = await server.connect({ protocol: 'http/1.1', identity, maxVersion })
    let session = first.socket.getSession()
    first.socket.on('session', (newer) => {
      session = newer
    })
    await first.ask()
    first.close()
    const second = await server.connect({ protocol: 'http/1.1', identity, maxVersion, session })
    return second.ask()
  }

  it('does not happen with the TLS options of this server, so intermediates are there again', async () => {
    const { server } = await setUp()
    expect(await twice(server)).toMatchObject({ name: 'bob', resumed: false })
  })

  it('would lose the intermediates, and refuse rather than guess', async () => {
    const { server } = await setUp({ resumable: true })
    expect(await twice(server)).toMatchObject({ name: null, resumed: true })
  })
})
