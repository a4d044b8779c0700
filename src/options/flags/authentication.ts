import { flag } from '../flag.ts'
import { bool, duration, noBlank, notNegative, string, strings } from '../kinds.ts'

const lacks = (values: readonly string[], standard: string): boolean =>
  values.length > 0 && !values.some((value) => value.toLowerCase() === standard)

/** kubernetes/apiserver, pkg/server/options/authentication.go. */
export const authentication = {
  kubeconfig: flag({
    name: 'authentication-kubeconfig',
    kind: string,
    default: '',
    help: 'File with the credentials for creating TokenReviews and reading the authentication configuration. Without it those of the pod itself.',
  }),
  skipLookup: flag({
    name: 'authentication-skip-lookup',
    kind: bool,
    default: false,
    help: 'Do not read what is missing of the authentication configuration from the cluster (configmap kube-system/extension-apiserver-authentication).',
  }),
  tolerateLookupFailure: flag({
    name: 'authentication-tolerate-lookup-failure',
    kind: bool,
    default: false,
    help: 'Start even if that configuration cannot be read. Until it can, requests through the API server count as anonymous.',
  }),
  tokenCacheTtl: flag({
    name: 'authentication-token-webhook-cache-ttl',
    kind: duration,
    default: 10_000,
    help: 'How long the review of a bearer token is cached.',
    check: notNegative,
  }),
  clientCaFile: flag({
    name: 'client-ca-file',
    kind: string,
    default: '',
    help: 'File with the certificate authorities of client certificates; their common name is the user, their organizations are the groups. Without it those of the cluster.',
  }),
  requestHeaderCaFile: flag({
    name: 'requestheader-client-ca-file',
    kind: string,
    default: '',
    help: 'File with the certificate authorities of front proxies, whose clients may name the user in headers. Without it those of the cluster.',
  }),
  requestHeaderAllowedNames: flag({
    name: 'requestheader-allowed-names',
    kind: strings,
    default: [],
    help: 'Common names of the client certificates that may name the user in headers. Without it every name signed by --requestheader-client-ca-file.',
    check: noBlank,
  }),
  requestHeaderUsernameHeaders: flag({
    name: 'requestheader-username-headers',
    kind: strings,
    default: ['x-remote-user'],
    help: 'Headers that may hold the name of the user, first one found.',
    check: noBlank,
  }),
  requestHeaderUidHeaders: flag({
    name: 'requestheader-uid-headers',
    kind: strings,
    default: [],
    help: 'Headers that may hold the UID of the user; X-Remote-Uid is what API servers send.',
    check: (values) =>
      noBlank(values) ??
      (lacks(values, 'x-remote-uid') ? 'must have X-Remote-Uid in it, or API aggregation will not work' : undefined),
  }),
  requestHeaderGroupHeaders: flag({
    name: 'requestheader-group-headers',
    kind: strings,
    default: ['x-remote-group'],
    help: 'Headers that hold groups of the user.',
    check: noBlank,
  }),
  requestHeaderExtraHeaderPrefixes: flag({
    name: 'requestheader-extra-headers-prefix',
    kind: strings,
    default: ['x-remote-extra-'],
    help: 'Beginnings of the headers that hold extra attributes of the user.',
    check: noBlank,
  }),
}
