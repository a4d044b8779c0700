import type { Reading, Trouble } from '../../model/diagnosis.ts'
import { oneLine } from '../../model/one-line.ts'
import { UnusableError } from '../../model/unusable-error.ts'
import type { ApiClient, ApiRequest, ApiResponse } from '../client/api-client.ts'
import { ApiAnswerInvalid, ApiError, ApiUnreachable, parseAnswer } from '../client/api-error.ts'

const BY_STATUS = new Map<number, Trouble>([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'absent'],
])

/** Codes by which Node.js and OpenSSL say that a certificate is not accepted. */
const CERTIFICATE = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|INVALID_CA|HOSTNAME_MISMATCH)/

function isAboutCertificate(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth++) {
    if ('code' in current && typeof current.code === 'string' && CERTIFICATE.test(current.code)) return true
  }
  return false
}

function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof ApiError) return BY_STATUS.get(error.status) ?? 'unusable'
  if (error instanceof ApiUnreachable) return isAboutCertificate(error) ? 'untrusted' : 'unreachable'
  if (error instanceof UnusableError) return 'unauthorized'
  return error instanceof ApiAnswerInvalid ? 'unusable' : undefined
}

/** Turns what a client throws into a {@link Reading}; throws on what is no fault of the cluster. */
export async function readingOf<T>(ask: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { found: await ask() }
  } catch (error) {
    const trouble = troubleOf(error)
    if (trouble === undefined) throw error
    return { trouble, message: oneLine(error instanceof Error ? error.message : String(error), 600) }
  }
}

/** One request and its answer, decoded from JSON. */
export function readJson<T>(
  client: ApiClient,
  request: Omit<ApiRequest, 'method'> & { readonly method?: 'GET' | 'POST' },
  decode: (answer: unknown, response: ApiResponse) => T,
): Promise<Reading<T>> {
  return readingOf(async () => {
    const asked = { method: 'GET' as const, ...request }
    const response = await client.request(asked)
    return decode(parseAnswer(response.body, `${asked.method} ${asked.path}`), response)
  })
}
