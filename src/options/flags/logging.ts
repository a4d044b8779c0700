import { flag, ignored } from '../flag.ts'
import { bool, duration, level, offAsAlpha, quantity, verbosityPatterns, word } from '../kinds.ts'

const ALPHA = 'Refused while it is alpha in the Go server: leave it at its default.'
const positive = (value: number) => (value > 0 ? undefined : 'must be greater than zero')

/** kubernetes/component-base, logs/api/v1/options.go. */
export const logging = {
  format: flag({
    name: 'logging-format',
    kind: word('text', 'json'),
    default: 'text',
    help: 'Form of the log lines on standard error: "text" as klog writes them, or "json".',
  }),
  verbosity: flag({
    name: 'v',
    short: 'v',
    kind: level,
    default: 0,
    help: 'How much is logged. 0: what operators need; 2: also a line for each scrape cycle, and lists, watches and refused requests; 4: also each scrape and each request.',
  }),
  flushFrequency: ignored('log-flush-frequency', duration, 5000, 'Every line is written at once.', positive),
  vmodule: ignored('vmodule', verbosityPatterns, [], 'Verbosity by source file.'),
  textSplitStream: ignored('log-text-split-stream', bool, false, ALPHA, offAsAlpha),
  textInfoBufferSize: ignored('log-text-info-buffer-size', quantity, '0', ALPHA, offAsAlpha),
  jsonSplitStream: ignored('log-json-split-stream', bool, false, ALPHA, offAsAlpha),
  jsonInfoBufferSize: ignored('log-json-info-buffer-size', quantity, '0', ALPHA, offAsAlpha),
}
