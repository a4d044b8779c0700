import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { at, list, member, text } from '../json-value.ts'
import type { ApiserverEndpoint, PluginCredential } from './apiserver-credentials.ts'
import type { KubeconfigPart } from './kubeconfig.ts'

interface ExecPlugin {
  readonly user: KubeconfigPart
  readonly cluster: KubeconfigPart
  readonly endpoint: ApiserverEndpoint
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends the plugin, and whatever it has started; its reason is thrown. */
  readonly signal: AbortSignal
}

const API_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']
const MAX_OUTPUT_BYTES = 1 << 20
const CONFIG_EXTENSION = 'client.authentication.k8s.io/exec'

/** The cluster as a plugin with `provideClusterInfo` gets to know it. */
function clusterInfo({ cluster, endpoint: { server, tls } }: ExecPlugin): object {
  const extension = list(cluster.raw('extensions')).find((one) => member(one, 'name') === CONFIG_EXTENSION)
  return {
    server: server.href.replace(/\/$/, ''),
    'tls-server-name': tls.servername,
    'insecure-skip-tls-verify': tls.insecure || undefined,
    'certificate-authority-data': tls.ca === undefined ? undefined : Buffer.from(tls.ca).toString('base64'),
    'proxy-url': cluster.text('proxy-url'),
    config: member(extension, 'extension'),
  }
}

function environmentOf(plugin: ExecPlugin, exec: unknown, apiVersion: string): Record<string, string | undefined> {
  const cluster = member(exec, 'provideClusterInfo') === true ? clusterInfo(plugin) : undefined
  const info = { kind: 'ExecCredential', apiVersion, spec: { cluster, interactive: false } }
  const own = list(member(exec, 'env')).map((one) => [
    text(member(one, 'name')) ?? '',
    text(member(one, 'value')) ?? '',
  ])
  return { ...plugin.env, ...Object.fromEntries(own), KUBERNETES_EXEC_INFO: JSON.stringify(info) }
}

interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Record<string, string | undefined>
}

function begin({ file, args, env }: Command, user: KubeconfigPart) {
  try {
    // In a process group of its own, so that its children end with it. Its stderr is dropped, because it may hold the
    // credential.
    return spawn(file, args, { env, stdio: ['ignore', 'pipe', 'ignore'], detached: true })
  } catch {
    // The message would quote the value.
    throw user.fail('exec has a command, an argument or a variable that no program can be given (a zero byte)')
  }
}

/** The plugin's stdout; rejects with an error that quotes none of it. */
async function outputOf(command: Command, { user, signal }: ExecPlugin): Promise<string> {
  const { file } = command
  const { promise, resolve: done, reject } = Promise.withResolvers<string>()
  const child = begin(command, user)
  const chunks: Buffer[] = []
  let bytes = 0
  const end = (error: unknown): void => {
    reject(error)
    child.stdout.destroy()
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  const onAbort = (): void => end(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_OUTPUT_BYTES) end(user.fail(`the credential plugin printed more than ${MAX_OUTPUT_BYTES} bytes`))
    else chunks.push(chunk)
  })
  child.on('error', (error) => {
    const code = 'code' in error ? error.code : error.name
    reject(user.fail(`the credential plugin ${file} cannot be run: ${code}`))
  })
  child.on('close', (code) => {
    signal.removeEventListener('abort', onAbort)
    if (code === 0) done(Buffer.concat(chunks).toString('utf8'))
    else reject(user.fail(`the credential plugin ${file} failed with code ${code}; run it by hand to see why`))
  })
  return promise
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output)
  } catch {
    // The message would quote the output.
    return undefined
  }
}

function credentialOf(answer: unknown, apiVersion: string, user: KubeconfigPart): PluginCredential {
  const status = member(answer, 'status')
  if (member(answer, 'kind') !== 'ExecCredential' || member(answer, 'apiVersion') !== apiVersion) {
    throw user.fail(`the credential plugin did not print an ExecCredential of ${apiVersion}`)
  }
  const token = text(member(status, 'token'))
  const cert = text(member(status, 'clientCertificateData'))
  const key = text(member(status, 'clientKeyData'))
  if ((cert === undefined) !== (key === undefined) || (token === undefined && cert === undefined)) {
    throw user.fail('the credential plugin gave neither a token nor a certificate with its key')
  }
  const expires = text(at(answer, 'status', 'expirationTimestamp'))
  const expiresMs = expires === undefined ? undefined : Date.parse(expires)
  if (Number.isNaN(expiresMs)) throw user.fail('the credential plugin gave an expirationTimestamp that is no time')
  return { authorization: token === undefined ? undefined : `Bearer ${token}`, cert, key, expiresMs }
}

/**
 * Runs a user's credential plugin (client-go, plugin/pkg/client/auth/exec; KEP-541): its command prints an
 * ExecCredential. It is never interactive.
 * @throws ApiserverCredentialsError that names the user and repeats nothing that the plugin printed; or the signal's
 *   reason.
 */
export async function runExecPlugin(plugin: ExecPlugin): Promise<PluginCredential> {
  const { user, folder } = plugin
  const exec = user.raw('exec')
  const command = text(member(exec, 'command'))
  const apiVersion = text(member(exec, 'apiVersion'))
  if (command === undefined) throw user.fail('exec.command is not set')
  if (apiVersion === undefined || !API_VERSIONS.includes(apiVersion)) {
    throw user.fail(`exec.apiVersion must be ${API_VERSIONS.join(' or ')}`)
  }
  if (member(exec, 'interactiveMode') === 'Always')
    throw user.fail('exec.interactiveMode is Always, and the server has no terminal')
  const args = list(member(exec, 'args')).map((arg) => String(arg))
  const file = command.includes('/') ? resolve(folder, command) : command
  const output = await outputOf({ file, args, env: environmentOf(plugin, exec, apiVersion) }, plugin)
  return credentialOf(parsed(output), apiVersion, user)
}
