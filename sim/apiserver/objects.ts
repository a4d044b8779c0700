import { restartsBy, runAt } from '../world/life.ts'
import type { SimContainer, SimNode, SimPod } from '../world/things.ts'
import { phaseAt } from '../world/truth.ts'
import type { StoredObject } from './registry.ts'

export const KUBELET_VERSION = 'v1.36.2'

export const rfc3339 = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

const ki = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`

export function nodeObject(node: SimNode): StoredObject {
  const since = rfc3339(node.createdMs)
  const resources = (reserved: number) => ({
    cpu: `${node.cores}`,
    memory: ki(node.memoryBytes - reserved),
    'ephemeral-storage': '98831908Ki',
    pods: '110',
  })
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    lastHeartbeatTime: since,
    lastTransitionTime: since,
  })
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node.name, uid: node.uid, creationTimestamp: since, labels: node.labels },
    spec: { providerID: `sim://${node.name}` },
    status: {
      capacity: resources(0),
      allocatable: resources(100 * 2 ** 20),
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
        condition('Ready', 'True', 'KubeletReady'),
      ],
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: node.name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: node.kubeletPort ?? 0 } },
      nodeInfo: {
        machineID: node.uid,
        kubeletVersion: KUBELET_VERSION,
        containerRuntimeVersion: 'containerd://2.1.0',
        operatingSystem: 'linux',
        architecture: 'amd64',
        osImage: 'Simulated Linux',
        kernelVersion: '6.12.0',
        bootID: String(Math.floor(node.bootMs)),
        // The kubelet leaves it out on a machine without swap.
        ...(node.swapBytes > 0 && { swap: { capacity: node.swapBytes } }),
      },
    },
  }
}

export function podObject(pod: SimPod, nowMs: number): StoredObject {
  const sidecars = pod.containers.filter((c) => c.role === 'sidecar')
  const mains = pod.containers.filter((c) => c.role === 'main')
  const spec = (c: SimContainer) => ({
    name: c.name,
    image: `registry.example/${c.name}:1`,
    ...(c.role === 'sidecar' && { restartPolicy: 'Always' }),
  })
  const statuses = (containers: readonly SimContainer[]) => containers.map((c) => containerStatus(c, nowMs))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      namespace: pod.namespace,
      uid: pod.uid,
      creationTimestamp: rfc3339(pod.createdMs),
      labels: pod.labels,
    },
    spec: {
      nodeName: pod.nodeName,
      ...(sidecars.length > 0 && { initContainers: sidecars.map(spec) }),
      containers: mains.map(spec),
    },
    status: {
      phase: phaseAt(pod, nowMs),
      podIP: '10.0.0.1',
      hostIP: '127.0.0.1',
      startTime: rfc3339(pod.createdMs),
      ...(sidecars.length > 0 && { initContainerStatuses: statuses(sidecars) }),
      containerStatuses: statuses(mains),
    },
  }
}

function containerStatus(container: SimContainer, nowMs: number) {
  const run = runAt(container, nowMs)
  const finished = container.life.kind === 'once' && run === undefined
  const state = run
    ? { running: { startedAt: rfc3339(run.startMs) } }
    : finished
      ? { terminated: { exitCode: 0, reason: 'Completed' } }
      : { waiting: { reason: 'CrashLoopBackOff' } }
  return { name: container.name, ready: run !== undefined, restartCount: restartsBy(container, nowMs), state }
}

export function namespaceObject(name: string, createdMs: number): StoredObject {
  const labels = { 'kubernetes.io/metadata.name': name }
  const metadata = { name, uid: `namespace-${name}`, creationTimestamp: rfc3339(createdMs), labels }
  return { apiVersion: 'v1', kind: 'Namespace', metadata, spec: {}, status: { phase: 'Active' } }
}

/** The configmap by which aggregated servers learn whom to believe (kubernetes, pkg/controlplane clusterauthenticationtrust). */
export function authenticationConfigMap(
  clusterCaPem: string,
  frontProxyCaPem: string,
  createdMs: number,
): StoredObject {
  const name = 'extension-apiserver-authentication'
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'kube-system', uid: `configmap-${name}`, creationTimestamp: rfc3339(createdMs) },
    data: {
      'client-ca-file': clusterCaPem,
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-client-ca-file': frontProxyCaPem,
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    },
  }
}

export interface Availability {
  readonly available: boolean
  readonly reason: string
  readonly message: string
}

export function apiServiceObject(availability: Availability, sinceMs: number, createdMs: number): StoredObject {
  const name = 'v1beta1.metrics.k8s.io'
  const { available, reason, message } = availability
  const condition = { type: 'Available', status: available ? 'True' : 'False', reason, message }
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name, uid: `apiservice-${name}`, creationTimestamp: rfc3339(createdMs) },
    spec: {
      service: { namespace: 'kube-system', name: 'metrics-server', port: 443 },
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
    },
    status: { conditions: [{ ...condition, lastTransitionTime: rfc3339(sinceMs) }] },
  }
}
