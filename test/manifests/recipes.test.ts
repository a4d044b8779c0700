import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { V1DeploymentSpec } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { find, parseManifests } from '../support/manifests.ts'

const released = readFileSync('manifests/release/components.yaml', 'utf8')
const containerIn = (text: string) => {
  const { spec } = find(parseManifests(text), 'Deployment', 'metrics-server')
  return (spec as V1DeploymentSpec).template.spec?.containers[0]
}
const run = (file: string, args: readonly string[], input = '') =>
  execFileSync(file, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
const INSECURE = '--kubelet-insecure-tls'

describe('commands of tutorials for the file of the Go server', () => {
  it.each([
    ["sed '/- args:/a \\        - --kubelet-insecure-tls'", INSECURE],
    ["sed '/--metric-resolution/a\\        - --kubelet-insecure-tls'", INSECURE],
    [
      "sed 's/        - --secure-port=10250/        - --secure-port=10250\\n        - --kubelet-insecure-tls/'",
      INSECURE,
    ],
    ["sed -e 's/- args:/&\\n        - --kubelet-insecure-tls/'", INSECURE],
    ["sed '/- --cert-dir=/i\\        - --kubelet-insecure-tls'", INSECURE],
    ["sed 's/InternalIP,ExternalIP,Hostname/InternalIP/'", '--kubelet-preferred-address-types=InternalIP'],
    ["sed 's/--secure-port=10250/--secure-port=4443/g'", '--secure-port=4443'],
    ['awk \'{print} /- args:/ {print "        - --kubelet-insecure-tls"}\'', INSECURE],
  ])('%s work on ours', (command, arg) => {
    const { args = [] } = containerIn(run('sh', ['-c', command], released)) ?? {}
    expect(args).toContain(arg)
    expect(args.length - (containerIn(released)?.args?.length ?? 0)).toBe(arg === INSECURE ? 1 : 0)
  })

  it('set the image by the line of the README', () => {
    const readme = readFileSync('manifests/README.md', 'utf8')
    const [command = 'false'] = /sed "s\|image: [^"]*" manifests\/release\/components.yaml/.exec(readme) ?? []
    const text = run('sh', ['-c', `IMAGE=registry.example.com/ms:1@sha256:0; ${command}`])
    expect(containerIn(text)?.image).toBe('registry.example.com/ms:1@sha256:0')
  })
})
