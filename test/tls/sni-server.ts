import tls from 'node:tls'
import type { Authority } from '../../certs/authority.ts'
import type { UsablePair } from '../../src/tls/key-pair.ts'
import type { SniCertificates } from '../../src/tls/sni-certificates.ts'
import { createWorld, type World } from '../contract/support/world.ts'

export interface SniServer {
  readonly world: World
  readonly port: number
  /** The common name that a client is shown, which asks for this name; for none when it is empty. */
  shown(servername: string, host?: string): Promise<string>
}

/** Serves on every address with these certificates, following their changes. */
export async function serveWithSni(sni: SniCertificates, main: UsablePair, authority: Authority): Promise<SniServer> {
  const material = () => ({
    cert: main.certPem,
    key: main.keyPem,
    ca: [authority.certPem],
    choose: (name: string) => sni.choose(name, main),
  })
  const world = await createWorld({ tls: material(), bindAddress: '' })
  const { port } = await world.api.listen()
  sni.onChange(() => world.api.setSecureContext(material()))
  const shown = (servername: string, host = '127.0.0.1') =>
    new Promise<string>((resolve, reject) => {
      const options = {
        host,
        port,
        servername,
        ca: authority.certPem,
        rejectUnauthorized: false,
        ALPNProtocols: ['h2'],
      }
      const socket = tls.connect(options, () => {
        resolve(String(socket.getPeerX509Certificate()?.subject).replace('CN=', ''))
        socket.destroy()
      })
      socket.on('error', reject)
    })
  return { world, port, shown }
}
