import type { Panel, Row } from './panel.ts'

/** The variables of the dashboard: which deployment, which replicas of it. */
const OF = 'job=~"$job",instance=~"$instance"'
/** Requests for metrics, not probes or discovery. */
const OF_METRICS = `${OF},group="metrics.k8s.io"`
const RANGE = '[$__rate_interval]'

const quantiles = (histogram: string, matchers = OF): [string, string][] =>
  ['0.5', '0.9', '0.99'].map((q) => [
    `p${Number(q) * 100}`,
    `histogram_quantile(${q}, sum by (le) (rate(${histogram}_bucket{${matchers}}${RANGE})))`,
  ])

const stat = (title: string, description: string, expression: string, unit = 'short'): Panel => {
  return { title, description, kind: 'stat', unit, width: 4, queries: [['', expression]] }
}
const graph = (title: string, description: string, unit: string, ...queries: [string, string][]): Panel => {
  return { title, description, kind: 'timeseries', unit, queries }
}

const coverage: Row = {
  title: 'Coverage',
  panels: [
    stat('Nodes', 'Nodes that the API server knows.', `max(metrics_api_nodes{${OF},state="known"})`),
    stat('Nodes missing', 'Nodes without metrics.', `max(metrics_api_nodes{${OF},state="missing"})`),
    stat('Pods', 'Running pods that the API server knows.', `max(metrics_api_pods{${OF},state="known"})`),
    stat('Pods missing', 'Running pods without metrics.', `max(metrics_api_pods{${OF},state="missing"})`),
    stat('Replicas', 'Replicas that Prometheus scrapes.', `count(metrics_api_build_info{${OF}})`),
    stat('Restarts in 24 h', 'Of all replicas.', `sum(changes(process_start_time_seconds{${OF}}[24h]))`),
    {
      title: 'Failing nodes',
      description: 'Nodes whose last scrape failed, with the cause. The log names each of them with the fix.',
      kind: 'table',
      unit: 'short',
      queries: [['', `max by (node, cause) (kubelet_scrape_failing{${OF}})`]],
    },
    graph('Failed scrapes', 'By cause, per second.', 'reqps', [
      '{{cause}}',
      `sum by (cause) (rate(kubelet_scrape_failures_total{${OF}}${RANGE}))`,
    ]),
    graph(
      'Rejected samples',
      'Samples that contradict earlier ones or are more than the node has, per second. The log names nodes and containers.',
      'short',
      ['{{reason}}', `sum by (reason) (rate(kubelet_samples_rejected_total{${OF}}${RANGE}))`],
    ),
  ],
}

const freshness: Row = {
  title: 'Freshness and scrapes',
  panels: [
    graph(
      'Age of served samples',
      'At the time they are served. Half of --metric-resolution is the best that can be reached.',
      's',
      ...quantiles('metrics_server_api_metric_freshness_seconds'),
    ),
    graph('Nodes longest without a successful scrape', 'Beyond --sample-retention a node is missing.', 's', [
      '{{node}}',
      `topk(10, time() - max by (node) (kubelet_scrape_last_success_timestamp_seconds{${OF}}))`,
    ]),
    graph('Slowest scrape of a cycle', 'Beyond --kubelet-request-timeout a scrape fails.', 's', [
      '{{instance}}',
      `histogram_quantile(0.9, sum by (le, instance) (rate(metrics_server_manager_tick_duration_seconds_bucket{${OF}}${RANGE})))`,
    ]),
    graph('Duration of scrapes', 'Of all nodes.', 's', ...quantiles('metrics_server_kubelet_request_duration_seconds')),
    graph('Slowest nodes', 'Mean duration of the scrapes of each.', 's', [
      '{{node}}',
      `topk(10, sum by (node) (rate(metrics_server_kubelet_request_duration_seconds_sum{${OF}}${RANGE})) / sum by (node) (rate(metrics_server_kubelet_request_duration_seconds_count{${OF}}${RANGE})))`,
    ]),
    graph('Scrapes', 'Per second, by whether they succeeded.', 'reqps', [
      'success: {{success}}',
      `sum by (success) (rate(metrics_server_kubelet_request_total{${OF}}${RANGE}))`,
    ]),
  ],
}

const requests: Row = {
  title: 'Requests',
  panels: [
    graph('Requests', 'For metrics, per second.', 'reqps', [
      '{{verb}} {{resource}} ({{scope}})',
      `sum by (verb, resource, scope) (rate(apiserver_request_total{${OF_METRICS}}${RANGE}))`,
    ]),
    graph('Duration of requests', 'For metrics.', 's', ...quantiles('apiserver_request_duration_seconds', OF_METRICS)),
    graph('Responses other than 200', 'For all paths, per second.', 'reqps', [
      '{{code}} {{resource}}{{subresource}}',
      `sum by (code, resource, subresource) (rate(apiserver_request_total{${OF},code!="200"}${RANGE}))`,
    ]),
    graph('In flight', 'The most at once; --max-requests-inflight is the limit.', 'short', [
      '{{request_kind}} {{instance}}',
      `apiserver_current_inflight_requests{${OF}}`,
    ]),
    graph('Size of responses', 'The median of what is sent.', 'bytes', [
      '{{verb}} {{resource}} ({{scope}})',
      `histogram_quantile(0.5, sum by (le, verb, resource, scope) (rate(apiserver_response_sizes_bucket{${OF_METRICS}}${RANGE})))`,
    ]),
    graph(
      'Authentication and authorization',
      'Requests by authentication method and by the outcome of authorization, per second.',
      'reqps',
      [
        '{{method}}: {{result}}',
        `sum by (method, result) (rate(authentication_attempts_by_method_total{${OF}}${RANGE}))`,
      ],
      ['authorization: {{result}}', `sum by (result) (rate(authorization_attempts_total{${OF}}${RANGE}))`],
    ),
  ],
}

const apiserver: Row = {
  title: 'API server',
  panels: [
    {
      ...graph('Requests to the API server', 'Watches, lists and reviews by status code, per second.', 'reqps', [
        '{{method}} {{code}}',
        `sum by (method, code) (rate(rest_client_requests_total{${OF}}${RANGE}))`,
      ]),
      width: 12,
    },
    {
      ...graph('Duration of requests to the API server', 'Reviews (POST) and lists (GET), p99.', 's', [
        '{{verb}}',
        `histogram_quantile(0.99, sum by (le, verb) (rate(rest_client_request_duration_seconds_bucket{${OF}}${RANGE})))`,
      ]),
      width: 12,
    },
  ],
}

const resources: Row = {
  title: 'Resources of this server',
  panels: [
    graph('CPU', 'Cores.', 'short', ['{{instance}}', `rate(process_cpu_seconds_total{${OF}}${RANGE})`]),
    graph(
      'Memory',
      'Resident, and the JavaScript heap in use.',
      'bytes',
      ['resident {{instance}}', `process_resident_memory_bytes{${OF}}`],
      ['heap {{instance}}', `nodejs_heap_size_used_bytes{${OF}}`],
    ),
    graph('Share of the heap limit', 'At 100 % the process crashes.', 'percentunit', [
      '{{instance}}',
      `nodejs_heap_size_used_bytes{${OF}} / nodejs_heap_size_limit_bytes{${OF}}`,
    ]),
    graph(
      'Event loop',
      'The share of time that it is busy. All work is done on one thread: at 100 % the server is overloaded.',
      'percentunit',
      ['{{instance}}', `nodejs_eventloop_utilization{${OF}}`],
    ),
    graph(
      'Delay of the event loop',
      'How long single turns keep everything else waiting.',
      's',
      ...quantiles('nodejs_eventloop_delay_seconds'),
    ),
    graph('File descriptors', 'Share of the limit that is open.', 'percentunit', [
      '{{instance}}',
      `process_open_fds{${OF}} / process_max_fds{${OF}}`,
    ]),
  ],
}

export const ROWS: readonly Row[] = [coverage, freshness, requests, apiserver, resources]
