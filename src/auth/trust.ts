import type {
  AuthenticationConfig,
  AuthenticationConfigFollower,
  RequestHeaderConfig,
} from '../cluster/authentication-config.ts'
import type { Followed, Follower } from '../files/follower.ts'
import type { FaultLog } from '../model/log.ts'
import { readTextFile, reasonOf, UnusableError } from '../files/text-file.ts'
import { parseCaBundle } from '../tls/ca-bundle.ts'
import { PemError } from '../tls/pem.ts'

/** The trust that is in force; its generation changes whenever `current()` does. */
export interface TrustSource {
  current(): AuthenticationConfig
  generation(): number
}

/** A CA file that cannot be used. The message names the file and the reason. */
class CaFileError extends UnusableError {
  override readonly name = 'CaFileError'
}

async function readUsable(path: string): Promise<string> {
  const pem = await readTextFile(path, 'the CA file')
  try {
    parseCaBundle(pem)
    return pem
  } catch (cause) {
    if (!(cause instanceof PemError)) throw cause
    throw new CaFileError(`the CA file ${path} is not usable: ${reasonOf(cause)}`, { cause })
  }
}

/**
 * The CA bundle in a file, followed while it changes.
 * @throws UnusableError when it is not usable now. Later on that is reported, and the last usable content stays.
 */
const followCaFile = (path: string, follower: Follower): Promise<Followed<string>> =>
  follower.follow({ name: `CA file ${path}`, read: () => readUsable(path), isSame: (a, b) => a === b })

/** The flags on trust. A CA file takes the place of the same half of the cluster's configuration. */
interface TrustFiles {
  /** `--client-ca-file` */
  readonly clientCaFile: string | undefined
  /** `--requestheader-…`; without a CA file the others have no effect, as in the Go server. */
  readonly requestHeader: Omit<RequestHeaderConfig, 'caPem'> & { readonly caFile: string | undefined }
}

export interface TrustOptions {
  readonly files: TrustFiles
  /**
   * The cluster's authentication configmap; `undefined` when it is not to be looked up
   * (`--authentication-skip-lookup`).
   */
  readonly configMap: Pick<AuthenticationConfigFollower, 'current' | 'onChange'> | undefined
  /** Watches the CA files. */
  readonly follower: Follower
  readonly faults: FaultLog
}

export interface Trust extends TrustSource {
  /** Each certificate of both bundles once, PEM: the TLS server's `ca`, from which clients choose what to show. */
  caPem(): string[]
  /** After every change of `current()`. */
  onChange(listener: () => void): void
}

/** A half of the trust, which keeps its last usable value. */
function usableOr(before: string | undefined, pem: string | undefined, key: string, faults: FaultLog) {
  // A configmap that has lost a bundle is a mistake, and no reason to trust no one (configmap_cafile_content.go).
  if (pem === undefined) return before
  try {
    if (pem !== before) parseCaBundle(pem)
    faults.resolve(key)
    return pem
  } catch (error) {
    if (!(error instanceof PemError)) throw error
    faults.report(key, 'Cannot use a CA bundle of the authentication configmap; the one before stays in use', {
      what: key,
      err: error.message,
    })
    return before
  }
}

function trimmed(trust: RequestHeaderConfig): RequestHeaderConfig {
  const clean = (names: readonly string[]) => names.map((name) => name.trim()).filter((name) => name !== '')
  return {
    caPem: trust.caPem,
    allowedNames: trust.allowedNames,
    usernameHeaders: clean(trust.usernameHeaders),
    uidHeaders: clean(trust.uidHeaders),
    groupHeaders: clean(trust.groupHeaders),
    extraHeaderPrefixes: clean(trust.extraHeaderPrefixes),
  }
}

/**
 * Whom to trust, from the flags' CA files and the cluster's configmap, both followed while they change (apiserver,
 * pkg/server/options/authentication.go). A replacement that is broken is reported and what was before stays.
 * @throws UnusableError when a file that the flags name is not usable at the start.
 */
export async function createTrust(options: TrustOptions): Promise<Trust> {
  const { files, configMap, follower, faults } = options
  const listeners: (() => void)[] = []
  const fileOf = (path: string | undefined) => (path === undefined ? undefined : followCaFile(path, follower))
  const [clientFile, proxyFile] = await Promise.all([fileOf(files.clientCaFile), fileOf(files.requestHeader.caFile)])

  let current: AuthenticationConfig = { clientCaPem: undefined, requestHeader: undefined }
  let generation = 0

  const requestHeaderNow = (said: AuthenticationConfig | undefined): RequestHeaderConfig | undefined => {
    if (proxyFile !== undefined) return trimmed({ ...files.requestHeader, caPem: proxyFile.current() })
    const before = current.requestHeader
    const caPem = usableOr(before?.caPem, said?.requestHeader?.caPem, 'requestheader-client-ca-file', faults)
    const headers = said?.requestHeader ?? before
    return caPem === undefined || headers === undefined ? undefined : trimmed({ ...headers, caPem })
  }

  const update = () => {
    const said = configMap?.current()
    const clientCaPem =
      clientFile?.current() ?? usableOr(current.clientCaPem, said?.clientCaPem, 'client-ca-file', faults)
    const next = { clientCaPem, requestHeader: requestHeaderNow(said) }
    if (JSON.stringify(next) === JSON.stringify(current)) return
    current = next
    generation++
    for (const listener of listeners) listener()
  }

  update()
  for (const source of [configMap, clientFile, proxyFile]) source?.onChange(update)

  return {
    current: () => current,
    generation: () => generation,
    caPem() {
      const bundles = [current.clientCaPem, current.requestHeader?.caPem].filter((pem) => pem !== undefined)
      return [...new Set(bundles.flatMap((pem) => parseCaBundle(pem).map(({ x509 }) => x509.toString())))]
    },
    onChange: (listener) => void listeners.push(listener),
  }
}
