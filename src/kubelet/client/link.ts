import { addressesOf, hostPort, noAddressFault } from './addresses.ts'
import { type Attempt, raise } from './attempt.ts'
import type { NodeAddress } from '../../model/cluster-objects.ts'
import { type Connection, createConnection, ExchangeError } from './connection.ts'
import { DialError } from './dial.ts'
import type { Answer } from './exchange.ts'
import { type AddressFailure, unansweredFault } from './explain.ts'
import type { KubeletClientSettings } from './settings.ts'

/** The way to one node's kubelet: its addresses, and the one connection that is kept. */
export interface Link {
  /** @throws KubeletError when no answer came from any address. */
  get(path: string, attempt: Attempt): Promise<Answer>
  /** Closes the connection; the next request makes a new one. */
  drop(): void
}

/** Answers after which a connection is as good as before; a server that answers anything else is not trusted with it. */
const CLEAN_STATUS: ReadonlySet<number> = new Set([200, 401, 403, 404])

const isUnreachable = ({ cause }: ExchangeError): boolean => cause instanceof DialError && cause.stage === 'tcp'

export function createLink(settings: KubeletClientSettings): Link {
  const { clock } = settings
  let connection: Connection | undefined
  /** The address that worked last, good as long as the node has the same addresses. */
  let working: { readonly host: string; readonly among: string } | undefined

  function drop(): void {
    connection?.destroy()
    connection = undefined
  }

  function connectionTo(host: string, { node, port }: Attempt): Connection {
    const tls = settings.tls()
    const target = connection?.target
    if (connection !== undefined && target?.host === host && target.port === port && target.tls === tls)
      return connection
    drop()
    const { keepAliveMs, buffers } = settings
    connection = createConnection({
      target: { host, port, nodeName: node.name, tls },
      clock,
      buffers,
      keepAliveMs,
    })
    return connection
  }

  /** Asks one address; once more when the kept connection turns out to be dead, as Go's transport does. */
  async function getFrom(
    host: string,
    tcpBudgetMs: number | undefined,
    path: string,
    attempt: Attempt,
  ): Promise<Answer> {
    attempt.address = hostPort(host, attempt.port)
    const { authorization, signal } = attempt
    const request = { path, authorization, tcpBudgetMs, signal }
    try {
      return await connectionTo(host, attempt).request(request)
    } catch (error) {
      drop()
      if (!(error instanceof ExchangeError && error.stale)) throw error
      return await connectionTo(host, attempt).request(request)
    }
  }

  /** With `left` addresses to go, this one may take its share of the time to connect; the last may take it all. */
  const tcpBudget = (left: number, { dueMs }: Attempt): number | undefined =>
    left > 1 ? Math.max(1, (dueMs - clock.monotonicMs()) / left) : undefined

  function orderOf(listed: readonly NodeAddress[], among: string): readonly NodeAddress[] {
    const first = listed.find(({ address }) => working?.among === among && working.host === address)
    return first === undefined ? listed : [first, ...listed.filter((one) => one !== first)]
  }

  async function get(path: string, attempt: Attempt): Promise<Answer> {
    const listed = addressesOf(attempt.node, settings.preferredAddressTypes, settings.ipFamilies)
    const among = listed.map(({ address }) => address).join()
    const failures: AddressFailure[] = []
    for (const [i, { type, address: host }] of orderOf(listed, among).entries()) {
      const left = listed.length - i
      try {
        const answer = await getFrom(host, tcpBudget(left, attempt), path, attempt)
        working = { host, among }
        if (!answer.whole || !CLEAN_STATUS.has(answer.status)) drop()
        return answer
      } catch (error) {
        drop()
        working = undefined
        if (!(error instanceof ExchangeError)) throw error
        failures.push({ type, host, address: attempt.address, error })
        if (attempt.signal.aborted || !isUnreachable(error)) break
      }
    }
    if (failures.length === 0) return raise(attempt, noAddressFault(attempt.node, settings.preferredAddressTypes))
    const { address, fault } = unansweredFault(failures, { ...settings, ...attempt })
    attempt.address = address
    return raise(attempt, fault)
  }
  return { get, drop }
}
