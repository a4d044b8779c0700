import type { RequestObserver } from '../../cluster/client/request-sender.ts'
import type { MetricsRegistry } from './registry.ts'

const NO_ANSWER = '<error>'

/** A status of HTTP; what is none of them is one word, so that no answer can make up series. */
const codeOf = (status: number | undefined): string => {
  if (status === undefined) return NO_ANSWER
  return Number.isInteger(status) && status >= 100 && status <= 599 ? String(status) : 'other'
}

/**
 * Counts the requests that this server sends to the apiserver, under the names, labels and buckets of
 * kubernetes/component-base, metrics/prometheus/restclient. Hosts are those of kubeconfigs.
 */
export function createRestClientMetrics(registry: MetricsRegistry): RequestObserver {
  const total = registry.counters({
    name: 'rest_client_requests_total',
    help: '[ALPHA] Number of HTTP requests, partitioned by status code, method, and host.',
    labels: ['code', 'method', 'host'],
  })
  const duration = registry.histograms(
    {
      name: 'rest_client_request_duration_seconds',
      help: '[ALPHA] Request latency in seconds. Broken down by verb, and host.',
      labels: ['verb', 'host'],
    },
    [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
  )
  return {
    sent(host, method, status) {
      total(codeOf(status), method, host).value++
    },
    took: (host, method, seconds) => duration(method, host).observe(seconds),
  }
}
