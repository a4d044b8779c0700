import { expect, it } from 'vitest'
import type { PodUsage, Usage } from '../../src/model/usage.ts'
import { createProtobufReader } from '../support/kubernetes-protobuf.ts'
import { watchOf } from '../support/watch-usage.ts'
import { contract } from './support/contract.ts'

const ROOT = '/apis/metrics.k8s.io/v1beta1'
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
const PROTOBUF = 'application/vnd.kubernetes.protobuf'

const usage = (ephemeralStorageBytes: number): Usage => ({
  ...{ cpuNanocores: 1e7, memoryBytes: 1024, swapBytes: undefined, ephemeralStorageBytes },
})
const SPAN = { timestampMs: Date.UTC(2026, 0, 1, 12), windowMs: 15_000 }
const POD: PodUsage = {
  ...SPAN,
  containers: [
    { name: 'main', usage: usage(3 * 2 ** 20) },
    { name: 'sidecar', usage: usage(1000) },
  ],
}
const NODE = { ...SPAN, usage: usage(42 * 2 ** 30) }

contract(
  'ephemeral storage',
  ({ asAdmin }) => {
    it('is a usage of each container and of the node', async () => {
      const { json: pod } = await asAdmin(`${ROOT}/namespaces/shop/pods/web-0`)
      expect(pod.containers).toEqual([
        { name: 'main', usage: { cpu: '10m', 'ephemeral-storage': '3Mi', memory: '1Ki' } },
        { name: 'sidecar', usage: { cpu: '10m', 'ephemeral-storage': '1000', memory: '1Ki' } },
      ])
      const { json: node } = await asAdmin(`${ROOT}/nodes/node-1`)
      expect(node.usage).toEqual({ cpu: '10m', 'ephemeral-storage': '42Gi', memory: '1Ki' })
    })

    it('is in lists, in JSON, YAML and protobuf alike', async () => {
      const path = `${ROOT}/namespaces/shop/pods`
      const { json } = await asAdmin(path)
      expect(json.items[0].containers[0].usage['ephemeral-storage']).toBe('3Mi')
      expect((await asAdmin(path, { accept: 'application/yaml' })).text).toContain('ephemeral-storage: 3Mi')
      const { body } = await asAdmin(path, { accept: PROTOBUF })
      expect(createProtobufReader()(body).object.items).toMatchObject([
        { containers: [{ usage: { 'ephemeral-storage': { string: '3Mi' } } }, {}] },
        {},
        {},
      ])
    })

    it('is the pod’s sum in a column of its own', async () => {
      const { json } = await asAdmin(`${ROOT}/namespaces/shop/pods`, { accept: TABLE })
      expect(json.columnDefinitions.at(-1)).toMatchObject({
        name: 'ephemeral-storage',
        priority: 1,
        format: 'quantity',
      })
      expect(json.rows[0].cells.at(-1)).toBe('3146728')
    })
  },
  {
    usage: { node: () => NODE, pod: () => POD, watchPods: watchOf(() => POD) },
    ephemeralStorage: true,
  },
)
