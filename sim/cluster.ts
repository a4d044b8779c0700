import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Clock, createSystemClock } from '../src/model/clock.ts'
import { Access } from './access/access.ts'
import { type Authorities, createAuthorities, createFrontProxy, type FrontProxy } from './access/authorities.ts'
import { Aggregator } from './apiserver/aggregation/aggregator.ts'
import { serviceFault } from './apiserver/aggregation/service-check.ts'
import { Apiserver } from './apiserver/apiserver.ts'
import { apiServiceObject, authenticationConfigMap } from './apiserver/objects.ts'
import { publishWorld } from './apiserver/publish.ts'
import { Registry } from './apiserver/registry.ts'
import { endpointSliceObject, serviceObject } from './apiserver/service.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import type { KubeletCertificate } from './kubelet/certificate.ts'
import { Kubelet, type KubeletSetup } from './kubelet/kubelet.ts'
import { keepChanging } from './world/changes.ts'
import { populate } from './world/population.ts'
import { createRandom } from './world/random.ts'
import type { SimNode } from './world/things.ts'
import { World } from './world/world.ts'

export interface ClusterOptions {
  /** 3 when left out. */
  readonly nodes?: number
  /** Running pods of each node; 8 when left out. */
  readonly podsPerNode?: number
  /** Swap of each node, bytes; none when left out. */
  readonly swapBytes?: number
  /** The same seed gives the same names and loads; 1 when left out. */
  readonly seed?: number
  readonly clock?: Clock
  /** Replaces a pod or starts a job every so many milliseconds; nothing changes by itself when left out. */
  readonly changeEveryMs?: number
  /** What a node's kubelet shows of itself; `node-name` when left out. */
  readonly certificateOf?: (nodeName: string) => KubeletCertificate
  /** How all kubelets are unlike quick and honest ones. */
  readonly kubelets?: Pick<KubeletSetup, 'usualFault' | 'manner'>
}

/** Where the files of a cluster are, all in one directory that goes with it. */
export interface ClusterFiles {
  readonly directory: string
  /** system:masters, by client certificate. */
  readonly admin: string
  /** May read pods and their metrics, by client certificate. */
  readonly viewer: string
  /** The metrics server's service account, by token. */
  readonly server: string
  /** The horizontal pod autoscaler's service account, by token. */
  readonly hpa: string
  /** The CA of apiserver, kubelets and client certificates, PEM. */
  readonly clusterCa: string
}

export interface Backend {
  readonly port: number
  /** 127.0.0.1 when left out. */
  readonly host?: string
  /** Who signed its certificate; not checked when left out. */
  readonly caPem?: string
}

export interface Cluster {
  readonly world: World
  readonly registry: Registry
  readonly access: Access
  readonly authorities: Authorities
  /** By node name. */
  readonly kubelets: ReadonlyMap<string, Kubelet>
  readonly apiserver: Apiserver
  readonly aggregator: Aggregator
  readonly files: ClusterFiles
  /** Points v1beta1.metrics.k8s.io at a server; resolves after the first availability check, whatever it found. */
  registerMetricsServer(backend: Backend): Promise<void>
  /** Adds a node with a kubelet of its own. */
  addNode(node: SimNode, certificate?: KubeletCertificate): Promise<Kubelet>
  /** Takes a node, its pods and its kubelet away. */
  removeNode(name: string): Promise<void>
  /** Shows a certificate of a new front-proxy CA from now on and writes the CA into the configmap. */
  rotateFrontProxy(): Promise<FrontProxy>
  /** Stops every server and timer and removes the files. */
  stop(): Promise<void>
}

/** Starts a simulated cluster on free ports of 127.0.0.1. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const clock = options.clock ?? createSystemClock()
  const world = new World(clock, createRandom(options.seed ?? 1))
  const registry = new Registry()
  const access = new Access()
  const createdMs = world.nowMs()
  const [authorities, frontProxy] = await Promise.all([createAuthorities(), createFrontProxy()])
  const publishFrontProxy = (proxy: FrontProxy): void =>
    registry.put('configmaps', authenticationConfigMap(authorities.cluster.certPem, proxy.caPem, createdMs))
  const aggregator = new Aggregator(clock, frontProxy, createAvailabilityWriter(world, registry), () =>
    serviceFault(registry),
  )

  populate(world, {
    nodes: options.nodes ?? 3,
    podsPerNode: options.podsPerNode ?? 8,
    swapBytes: options.swapBytes ?? 0,
  })
  const stopPublishing = publishWorld(world, registry)
  publishFrontProxy(frontProxy)
  registry.put('services', serviceObject(createdMs))

  const kubelets = new Map<string, Kubelet>()
  const startKubelet = async (node: SimNode, certificate: KubeletCertificate): Promise<Kubelet> => {
    const { cluster } = authorities
    const kubelet = await Kubelet.start({ ...options.kubelets, world, node, access, cluster, certificate })
    kubelets.set(node.name, kubelet)
    return kubelet
  }
  const certificateOf = options.certificateOf ?? (() => 'node-name')
  await Promise.all([...world.nodes.values()].map((node) => startKubelet(node, certificateOf(node.name))))
  const apiserver = await Apiserver.start({ world, registry, access, authorities, aggregator, clock })
  const files = await writeFiles(apiserver.url, authorities, access)
  const stopChanging = options.changeEveryMs ? keepChanging(world, clock, options.changeEveryMs) : () => {}

  return {
    world,
    registry,
    access,
    authorities,
    kubelets,
    apiserver,
    aggregator,
    files,
    registerMetricsServer({ host = '127.0.0.1', ...backend }) {
      registry.put('endpointslices', endpointSliceObject([{ address: host, ready: true }], backend.port, createdMs))
      return aggregator.register({ host, ...backend })
    },
    async addNode(node, certificate = 'node-name') {
      world.addNode(node)
      return startKubelet(node, certificate)
    },
    async removeNode(name) {
      await kubelets.get(name)?.stop()
      kubelets.delete(name)
      world.removeNode(name)
    },
    async rotateFrontProxy() {
      const next = await createFrontProxy()
      publishFrontProxy(next)
      await aggregator.setFrontProxy(next)
      return next
    },
    async stop() {
      stopChanging()
      stopPublishing()
      world.stop()
      await aggregator.stop()
      await apiserver.goAway()
      await Promise.all([...kubelets.values()].map((kubelet) => kubelet.stop()))
      await rm(files.directory, { recursive: true, force: true })
    },
  }
}

/** Writes what the availability check finds into the APIService; the condition's time changes with its status only. */
function createAvailabilityWriter(world: World, registry: Registry) {
  const createdMs = world.nowMs()
  let last: { available: boolean; sinceMs: number } | undefined
  return (found: Parameters<typeof apiServiceObject>[0]): void => {
    if (last?.available !== found.available) last = { available: found.available, sinceMs: world.nowMs() }
    registry.put('apiservices', apiServiceObject(found, last.sinceMs, createdMs))
  }
}

async function writeFiles(url: string, authorities: Authorities, access: Access): Promise<ClusterFiles> {
  const directory = await mkdtemp(path.join(tmpdir(), 'simulated-cluster-'))
  const caPem = authorities.cluster.certPem
  const write = (name: string, credentials: Parameters<typeof writeKubeconfig>[3]) =>
    writeKubeconfig(directory, name, { url, caPem }, credentials)
  const clusterCa = path.join(directory, 'cluster-ca.crt')
  const [admin, viewer, server, hpa] = await Promise.all([
    write('admin', authorities.admin),
    write('viewer', authorities.viewer),
    write('metrics-server', { token: access.serverToken }),
    write('hpa', { token: access.hpaToken }),
    writeFile(clusterCa, caPem),
  ])
  return { directory, admin, viewer, server, hpa, clusterCa }
}
