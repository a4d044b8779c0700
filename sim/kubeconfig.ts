import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Pair } from '../certs/authority.ts'

/** How the owner of a kubeconfig shows who it is. */
export type Credentials = Pair | { readonly token: string }

const base64 = (pem: string): string => Buffer.from(pem).toString('base64')

/** Writes `<directory>/<name>.kubeconfig`, readable by its owner only, and gives its path. */
export async function writeKubeconfig(
  directory: string,
  name: string,
  cluster: { readonly url: string; readonly caPem: string },
  credentials: Credentials,
): Promise<string> {
  const shown =
    'token' in credentials
      ? `    token: ${credentials.token}`
      : `    client-certificate-data: ${base64(credentials.certPem)}\n    client-key-data: ${base64(credentials.keyPem)}`
  const file = path.join(directory, `${name}.kubeconfig`)
  await writeFile(
    file,
    `apiVersion: v1
kind: Config
current-context: ${name}@simulated
clusters:
- name: simulated
  cluster:
    server: ${cluster.url}
    certificate-authority-data: ${base64(cluster.caPem)}
users:
- name: ${name}
  user:
${shown}
contexts:
- name: ${name}@simulated
  context:
    cluster: simulated
    user: ${name}
`,
    { mode: 0o600 },
  )
  return file
}
