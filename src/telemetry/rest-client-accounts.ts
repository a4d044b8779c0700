import { type Counter, createCounters, createHistograms, type Family, type Histogram } from './families.ts'

/** What is counted of the requests that this server sends to the apiserver. */
export interface RestClientAccounts {
  /** Each request that was sent, those sent again too. @param status `undefined` when there was no answer. */
  sent(host: string, method: string, status: number | undefined): void
  /** A request with its answer, however often it was sent; watches are left out. */
  took(host: string, method: string, seconds: number): void
  readonly families: readonly Family[]
}

const NO_ANSWER = '<error>'

/** A status of HTTP; what is none of them is one word, so that no answer can make up series. */
const codeOf = (status: number | undefined): string => {
  if (status === undefined) return NO_ANSWER
  return Number.isInteger(status) && status >= 100 && status <= 599 ? String(status) : 'other'
}

/** Gives what is kept under a key, made when first asked for. */
function kept<T>(make: (...values: string[]) => T): (...values: string[]) => T {
  const all = new Map<string, T>()
  return (...values) => {
    const key = values.join(' ')
    const known = all.get(key)
    if (known !== undefined) return known
    const made = make(...values)
    all.set(key, made)
    return made
  }
}

/** Names, labels and buckets of kubernetes/component-base, metrics/prometheus/restclient. Hosts are those of kubeconfigs. */
export function createRestClientAccounts(): RestClientAccounts {
  const total = createCounters({
    name: 'rest_client_requests_total',
    help: '[ALPHA] Number of HTTP requests, partitioned by status code, method, and host.',
    labelNames: ['code', 'method', 'host'],
  })
  const duration = createHistograms(
    {
      name: 'rest_client_request_duration_seconds',
      help: '[ALPHA] Request latency in seconds. Broken down by verb, and host.',
      labelNames: ['verb', 'host'],
    },
    [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
  )
  const counter = kept<Counter>((...values) => total.series(...values))
  const histogram = kept<Histogram>((...values) => duration.series(...values))
  return {
    sent(host, method, status) {
      counter(codeOf(status), method, host).value++
    },
    took: (host, method, seconds) => histogram(method, host).observe(seconds),
    families: [total, duration],
  }
}
