const HEAD = `# Generated from rules.yaml by \`npm run generate\`: do not edit.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: metrics-server
  namespace: kube-system
  labels:
    k8s-app: metrics-server
spec:
`

/** A file of rules as the Prometheus Operator takes it. Comments at its beginning stay where they are. */
export function prometheusRule(rules: string): string {
  const lines = rules.slice(rules.indexOf('groups:')).split('\n')
  return HEAD + lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')
}
