export interface Published {
  readonly installer: string
  readonly args: readonly string[]
  /** That its Service goes to. */
  readonly port: number
  readonly ignored?: readonly string[]
}

const TYPES = '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname'
const UPSTREAM = ['--cert-dir=/tmp', TYPES, '--kubelet-use-node-status-port', '--metric-resolution=15s']
const CIPHERS =
  '--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305'

/** What installers of the Go server give it. */
export const PUBLISHED: readonly Published[] = [
  { installer: 'components.yaml', args: ['--secure-port=10250', ...UPSTREAM], port: 10_250 },
  { installer: 'components.yaml of 0.3', args: ['--cert-dir=/tmp', '--secure-port=4443'], port: 4443 },
  {
    installer: 'the chart with metrics',
    args: ['--secure-port=10250', ...UPSTREAM, '--authorization-always-allow-paths=/metrics'],
    port: 10_250,
  },
  {
    installer: 'the chart with a certificate',
    args: [
      '--secure-port=10250',
      ...UPSTREAM,
      '--tls-cert-file=/tmp/tls-certs/tls.crt',
      '--tls-private-key-file=/tmp/tls-certs/tls.key',
    ],
    port: 10_250,
  },
  {
    installer: 'kube-up and GKE',
    args: [
      '--metric-resolution=30s',
      '--kubelet-use-node-status-port',
      '--kubelet-insecure-tls',
      '--kubelet-preferred-address-types=InternalIP,Hostname,InternalDNS,ExternalDNS,ExternalIP',
      '--cert-dir=/tmp',
      '--secure-port=10250',
    ],
    port: 10_250,
  },
  {
    installer: 'minikube',
    args: [...UPSTREAM, '--secure-port=4443', '--metric-resolution=60s', '--kubelet-insecure-tls'],
    port: 4443,
  },
  { installer: 'microk8s', args: [...UPSTREAM, '--secure-port=4443', '--kubelet-insecure-tls'], port: 4443 },
  { installer: 'k0s', args: ['--cert-dir=/tmp', '--secure-port=4443', TYPES, '--kubelet-insecure-tls'], port: 4443 },
  { installer: 'k3s', args: [...UPSTREAM, '--secure-port=10250', CIPHERS], port: 10_250 },
  { installer: 'k3s of 2020', args: [], port: 443 },
  {
    installer: 'kubespray',
    args: ['--kubelet-preferred-address-types=InternalIP', '--kubelet-insecure-tls', '--metric-resolution=60s'],
    port: 443,
  },
  {
    installer: 'kops',
    args: [
      '--secure-port=4443',
      '--tls-cert-file=/srv/tls.crt',
      '--tls-private-key-file=/srv/tls.key',
      '--kubelet-insecure-tls',
    ],
    port: 4443,
  },
  {
    installer: 'OpenShift',
    args: [
      '--secure-port=10250',
      TYPES,
      '--kubelet-use-node-status-port',
      '--metric-resolution=15s',
      '--kubelet-certificate-authority=/etc/tls/kubelet-serving-ca-bundle/ca-bundle.crt',
      '--kubelet-client-certificate=/etc/tls/metrics-client-certs/tls.crt',
      '--kubelet-client-key=/etc/tls/metrics-client-certs/tls.key',
      '--tls-cert-file=/etc/tls/private/tls.crt',
      '--tls-private-key-file=/etc/tls/private/tls.key',
      CIPHERS,
    ],
    port: 10_250,
  },
  {
    installer: 'OpenShift with an audit log',
    args: [
      '--secure-port=10250',
      '--audit-policy-file=/etc/audit/metadata-profile.yaml',
      '--audit-log-path=/var/log/metrics-server/audit.log',
      '--audit-log-maxsize=100',
      '--audit-log-maxbackup=5',
      '--audit-log-compress=true',
    ],
    port: 10_250,
    ignored: [
      '--audit-log-compress',
      '--audit-log-maxbackup',
      '--audit-log-maxsize',
      '--audit-log-path',
      '--audit-policy-file',
    ],
  },
  {
    installer: 'Gardener',
    args: [
      '--authorization-always-allow-paths=/livez,/readyz',
      '--profiling=false',
      '--cert-dir=/home/certdir',
      '--secure-port=8443',
      '--kubelet-insecure-tls',
      '--kubelet-preferred-address-types=InternalIP,InternalDNS,ExternalDNS,ExternalIP,Hostname',
      '--tls-cert-file=/srv/metrics-server/tls/tls.crt',
      '--tls-private-key-file=/srv/metrics-server/tls/tls.key',
    ],
    port: 8443,
    ignored: ['--profiling'],
  },
  {
    installer: 'bitnami',
    args: ['--secure-port=8443', '--kubelet-insecure-tls=true', '--kubelet-preferred-address-types=InternalIP'],
    port: 8443,
  },
  { installer: 'the chart stable/metrics-server', args: ['--kubelet-insecure-tls'], port: 443 },
  { installer: 'aks-engine', args: ['--kubelet-insecure-tls'], port: 443 },
  {
    installer: 'a cluster whose front proxy has an authority of its own',
    args: ['--requestheader-client-ca-file=/ca/front-proxy-ca.crt', '--cert-dir=/tmp', '--secure-port=10250'],
    port: 10_250,
  },
  {
    installer: 'a template that leaves arguments empty',
    args: ['', ...UPSTREAM, '', '--secure-port=4443', ''],
    port: 4443,
  },
]
