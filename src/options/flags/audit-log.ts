import { ignored } from '../flag.ts'
import { bool, duration, float32, int, string } from '../kinds.ts'

const log = 'Audit log; none is written.'
const hook = 'Audit webhook; none is called.'

/** kubernetes/apiserver, pkg/server/options/audit.go. */
export const auditLog = {
  policyFile: ignored('audit-policy-file', string, '', 'Audit policy; nothing is audited.'),
  logBatchBufferSize: ignored('audit-log-batch-buffer-size', int, 10_000, log),
  logBatchMaxSize: ignored('audit-log-batch-max-size', int, 1, log),
  logBatchMaxWait: ignored('audit-log-batch-max-wait', duration, 0, log),
  logBatchThrottleBurst: ignored('audit-log-batch-throttle-burst', int, 0, log),
  logBatchThrottleEnable: ignored('audit-log-batch-throttle-enable', bool, false, log),
  logBatchThrottleQps: ignored('audit-log-batch-throttle-qps', float32, 0, log),
  logCompress: ignored('audit-log-compress', bool, false, log),
  logFormat: ignored('audit-log-format', string, 'json', log),
  logMaxAge: ignored('audit-log-maxage', int, 0, log),
  logMaxBackup: ignored('audit-log-maxbackup', int, 0, log),
  logMaxSize: ignored('audit-log-maxsize', int, 0, log),
  logMode: ignored('audit-log-mode', string, 'blocking', log),
  logPath: ignored('audit-log-path', string, '', log),
  logTruncateEnabled: ignored('audit-log-truncate-enabled', bool, false, log),
  logTruncateMaxBatchSize: ignored('audit-log-truncate-max-batch-size', int, 10_485_760, log),
  logTruncateMaxEventSize: ignored('audit-log-truncate-max-event-size', int, 102_400, log),
  logVersion: ignored('audit-log-version', string, 'audit.k8s.io/v1', log),
  webhookBatchBufferSize: ignored('audit-webhook-batch-buffer-size', int, 10_000, hook),
  webhookBatchMaxSize: ignored('audit-webhook-batch-max-size', int, 400, hook),
  webhookBatchMaxWait: ignored('audit-webhook-batch-max-wait', duration, 30_000, hook),
  webhookBatchThrottleBurst: ignored('audit-webhook-batch-throttle-burst', int, 15, hook),
  webhookBatchThrottleEnable: ignored('audit-webhook-batch-throttle-enable', bool, true, hook),
  webhookBatchThrottleQps: ignored('audit-webhook-batch-throttle-qps', float32, 10, hook),
  webhookConfigFile: ignored('audit-webhook-config-file', string, '', hook),
  webhookInitialBackoff: ignored('audit-webhook-initial-backoff', duration, 10_000, hook),
  webhookMode: ignored('audit-webhook-mode', string, 'batch', hook),
  webhookTruncateEnabled: ignored('audit-webhook-truncate-enabled', bool, false, hook),
  webhookTruncateMaxBatchSize: ignored('audit-webhook-truncate-max-batch-size', int, 10_485_760, hook),
  webhookTruncateMaxEventSize: ignored('audit-webhook-truncate-max-event-size', int, 102_400, hook),
  webhookVersion: ignored('audit-webhook-version', string, 'audit.k8s.io/v1', hook),
}
