#!/bin/sh
# Has kube-apiserver verify the server by ca.crt of Secret kube-system/metrics-server-tls, in one write, once every pod serves with
# that certificate; before, it changes nothing. Arguments go to kubectl, such as --context=NAME.
set -eu
SECRET=metrics-server-tls
APISERVICE=v1beta1.metrics.k8s.io

fail() {
  echo "$*; nothing was changed" >&2
  exit 1
}

mounted=$(kubectl "$@" -n kube-system get deployment metrics-server -o 'jsonpath={.spec.template.spec.volumes[*].secret.secretName}')
case " $mounted " in
  *" $SECRET "*) ;;
  *) fail "the Deployment does not serve with Secret $SECRET: apply manifests/overlays/secure or secure-from-files first" ;;
esac
kubectl "$@" -n kube-system rollout status deployment/metrics-server --timeout="${TIMEOUT:-3m}" ||
  fail "not every pod serves with Secret $SECRET: is it there (kubectl -n kube-system get secret $SECRET), and is cert-manager?"
ca=$(kubectl "$@" -n kube-system get secret "$SECRET" -o 'jsonpath={.data.ca\.crt}')
[ -n "$ca" ] || fail "Secret $SECRET has no ca.crt to verify by"

# cert-manager's injector then keeps it up to date.
issued=$(kubectl "$@" -n kube-system get secret "$SECRET" -o 'jsonpath={.metadata.annotations.cert-manager\.io/certificate-name}')
inject=${issued:+"\"kube-system/$issued\""}
kubectl "$@" patch apiservice "$APISERVICE" --type=merge --patch \
  "{\"metadata\":{\"annotations\":{\"cert-manager.io/inject-ca-from\":${inject:-null}}},\"spec\":{\"insecureSkipTLSVerify\":null,\"caBundle\":\"$ca\"}}"
echo "kubectl get apiservice $APISERVICE must go on saying True"
