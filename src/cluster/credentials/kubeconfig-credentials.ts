import { dirname, resolve } from 'node:path'
import { readTextFile } from '../../files/text-file.ts'
import { readAuthorities } from '../../tls/ca-bundle.ts'
import { checkPair, warnOfOpenKeys } from '../../tls/key-pair.ts'
import {
  type ApiserverCredentials,
  ApiserverCredentialsError,
  type ApiserverCredentialsOptions,
  type ApiserverEndpoint,
  type ApiserverTls,
  bearerOf,
  type Credential,
  createApiserverCredentials,
  isSameEndpoint,
  type PluginCredential,
} from './apiserver-credentials.ts'
import { createPlugins } from './credential-plugins.ts'
import { type KubeconfigEntry, type KubeconfigPart, readKubeconfig } from './kubeconfig.ts'
import { type ApiserverProxy, proxyFromEnvironment, proxyProblem } from './proxy.ts'

/** The contents of a kubeconfig and of the files that it names. */
interface Settings extends ApiserverEndpoint, Credential {}

/** A PEM text and where it comes from. */
interface Pem {
  readonly text: string
  readonly place: string
}

/** A certificate or key: as data in the kubeconfig, else from a file beside it. Data wins, as in client-go. */
async function pem(part: KubeconfigPart, field: string, folder: string): Promise<Pem | undefined> {
  const data = part.base64(`${field}-data`)
  if (data !== undefined) return { text: data, place: `${part.where}: ${field}-data` }
  const named = part.text(field)
  if (named === undefined) return undefined
  const path = resolve(folder, named)
  return { text: await readTextFile(path, `the ${field} file`), place: path }
}

async function readPair(user: KubeconfigPart, folder: string): Promise<Pick<ApiserverTls, 'cert' | 'key'>> {
  const cert = await pem(user, 'client-certificate', folder)
  const key = await pem(user, 'client-key', folder)
  if (cert !== undefined && key === undefined) throw user.fail('client-certificate is set without client-key')
  if (cert === undefined && key !== undefined) throw user.fail('client-key is set without client-certificate')
  if (cert === undefined || key === undefined) return { cert: undefined, key: undefined }
  checkPair({ certPem: cert.text, keyPem: key.text }, { certFile: cert.place, keyFile: key.place })
  return { cert: cert.text, key: key.text }
}

async function readTrust(cluster: KubeconfigPart, folder: string) {
  const insecure = cluster.raw('insecure-skip-tls-verify') === true
  const ca = await pem(cluster, 'certificate-authority', folder)
  if (insecure && ca !== undefined) {
    throw cluster.fail('insecure-skip-tls-verify and a certificate-authority exclude each other')
  }
  return { ca: ca && readAuthorities(ca.text, ca.place), servername: cluster.text('tls-server-name'), insecure }
}

function serverOf(cluster: KubeconfigPart): URL {
  const server = cluster.text('server')
  if (server === undefined) throw cluster.fail('server is not set')
  const url = URL.parse(server)
  if (url === null || !/^https?:$/.test(url.protocol)) throw cluster.fail('server is no http or https URL')
  return url
}

/** The kubeconfig's own proxy, which NO_PROXY does not touch, else the environment's (client-go, rest/transport.go). */
function proxyOf(
  cluster: KubeconfigPart,
  server: URL,
  env: ApiserverCredentialsOptions['env'],
): ApiserverProxy | undefined {
  const named = cluster.text('proxy-url')
  if (named !== undefined) {
    const url = URL.parse(named)
    const problem = proxyProblem(url)
    if (url === null || problem !== undefined) throw cluster.fail(`proxy-url cannot be used: ${problem}`)
    return { url, namedBy: 'proxy-url' }
  }
  const given = proxyFromEnvironment(server, env)
  if (given === undefined) return undefined
  const problem = proxyProblem(given.url)
  if (given.url === null || problem !== undefined) {
    throw new ApiserverCredentialsError(`the environment variable ${given.namedBy} cannot be used: ${problem}`)
  }
  return { url: given.url, namedBy: given.namedBy }
}

/** Refuses impersonation, which would otherwise be ignored silently and give the server other rights than asked for. */
function refuseUnsupported({ user }: KubeconfigEntry): void {
  for (const field of ['as', 'as-uid', 'as-groups', 'as-user-extra']) {
    if (user.raw(field) !== undefined) throw user.fail(`${field} (impersonation) is not supported`)
  }
}

async function readAuthorization(user: KubeconfigPart, folder: string): Promise<string | undefined> {
  // The file wins over the token beside it, which client-go takes for a first value only.
  const tokenFile = user.text('tokenFile')
  if (tokenFile !== undefined) return bearerOf(resolve(folder, tokenFile))
  const token = user.text('token')
  if (token !== undefined) return `Bearer ${token}`
  const username = user.text('username')
  if (username === undefined) return undefined
  return `Basic ${Buffer.from(`${username}:${user.text('password') ?? ''}`).toString('base64')}`
}

/** Fields of a user that make the kubeconfig itself a secret. */
const SECRETS = ['client-key-data', 'token', 'password']

/** A plugin's credential takes the place of the kubeconfig's own. */
function withPlugin(settings: Settings, given: PluginCredential | undefined): Settings {
  if (given === undefined) return settings
  const { cert = settings.tls.cert, key = settings.tls.key } = given
  return { ...settings, tls: { ...settings.tls, cert, key }, authorization: given.authorization }
}

/**
 * Access by a kubeconfig's current context. Relative paths in it start at its own folder. The kubeconfig and the files
 * that it names are followed as one, so that no server is ever sent the credential of another.
 */
export async function kubeconfigCredentials(
  path: string,
  options: ApiserverCredentialsOptions,
): Promise<ApiserverCredentials> {
  const folder = dirname(resolve(path))
  const plugins = createPlugins({ ...options, folder })
  let warned = false
  const warnOnce = async ({ user }: KubeconfigEntry): Promise<void> => {
    if (warned) return
    warned = true
    const isSecret = SECRETS.some((field) => user.raw(field) !== undefined)
    const keyFile = user.text('client-key')
    await warnOfOpenKeys([isSecret ? path : undefined, keyFile && resolve(folder, keyFile)], options.log)
  }
  const read = async (): Promise<Settings> => {
    const entry = readKubeconfig(await readTextFile(path, 'the kubeconfig'), path)
    const { cluster, user } = entry
    const server = serverOf(cluster)
    refuseUnsupported(entry)
    const [trust, pair] = [await readTrust(cluster, folder), await readPair(user, folder)]
    const authorization = await readAuthorization(user, folder)
    const proxy = proxyOf(cluster, server, options.env)
    await warnOnce(entry)
    const settings = { server, tls: { ...trust, ...pair }, proxy, authorization }
    return withPlugin(settings, await plugins.credential(entry, settings))
  }
  const isSame = (a: Settings, b: Settings): boolean => isSameEndpoint(a, b) && a.authorization === b.authorization
  // A new token alone is no news: files and plugins replace theirs all the time.
  const source = { name: `kubeconfig ${path}`, read, isSame, isEveryday: isSameEndpoint }
  const settings = await options.follower.follow<Settings>(source)
  return createApiserverCredentials({ place: path, endpoint: settings, credential: settings, forget: plugins.forget })
}
