import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Authority, createAuthority, type LeafRequest } from './authority.ts'

interface Leaf extends LeafRequest {
  readonly file: string
  readonly proves: string
}

const CLUSTER_LEAVES: readonly Leaf[] = [
  {
    file: 'serving',
    commonName: 'metrics-server',
    dns: ['localhost', 'metrics-server', 'metrics-server.kube-system', 'metrics-server.kube-system.svc'],
    ips: ['127.0.0.1', '::1'],
    usage: 'server',
    proves: 'this server to whoever asks it (--tls-cert-file, --tls-private-key-file)',
  },
  {
    file: 'kubelet',
    commonName: 'system:node:node-1',
    organizations: ['system:nodes'],
    dns: ['node-1'],
    usage: 'server',
    proves: 'the kubelet of node-1 to this server (--kubelet-certificate-authority=cluster-ca.crt)',
  },
  {
    file: 'admin',
    commonName: 'admin',
    organizations: ['system:masters'],
    usage: 'client',
    proves: 'a member of system:masters, who may ask everything (--client-ca-file=cluster-ca.crt)',
  },
]

const PROXY_LEAVES: readonly Leaf[] = [
  {
    file: 'front-proxy-client',
    commonName: 'front-proxy-client',
    usage: 'client',
    proves: 'the kube-apiserver as front proxy, whose X-Remote-* headers count (--requestheader-client-ca-file)',
  },
]

/**
 * Writes two development authorities and their leaves, PEM, keys readable by their owner only; gives a line for each
 * certificate that says what it proves.
 */
export async function makeCertificates(directory: string): Promise<string[]> {
  mkdirSync(directory, { recursive: true })
  const said: string[] = []
  const write = (file: string, pem: { certPem: string; keyPem: string }, proves: string) => {
    writeFileSync(join(directory, `${file}.crt`), `${pem.certPem.trimEnd()}\n`)
    writeFileSync(join(directory, `${file}.key`), `${pem.keyPem.trimEnd()}\n`, { mode: 0o600 })
    said.push(`${file}.crt: ${proves}`)
  }
  const authority = async (file: string, signs: string, leaves: readonly Leaf[]) => {
    const ca: Authority = await createAuthority(file)
    write(file, ca, `signs ${signs}`)
    for (const { file: leaf, proves, ...request } of leaves) write(leaf, await ca.issue(request), proves)
  }
  await authority('cluster-ca', 'serving and client certificates', CLUSTER_LEAVES)
  await authority('front-proxy-ca', 'the front proxy alone, and nothing else', PROXY_LEAVES)
  return said
}

// node certs/make.ts [--out DIRECTORY]
if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: 'certs/out' } } })
  const said = await makeCertificates(values.out)
  console.log([`In ${values.out}, for development only:`, ...said.map((line) => `  ${line}`)].join('\n'))
}
