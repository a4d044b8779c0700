{{/*
The Secret of tls.type helm: that of the installation which is upgraded, as long as two thirds of its life have not passed,
and else a new one. The old authority stays in ca.crt beside the new one, because the pods see a new Secret some time after
the apiserver sees a new caBundle. A Secret that says nothing of its end is the Go server's chart's: it is replaced.
*/}}
{{- define "metrics-server.helmSecret" -}}
{{- $renewAfter := "metrics-server/renew-after" -}}
{{- $name := include "metrics-server.servingSecret" . -}}
{{- $now := now | unixEpoch | int64 -}}
{{- $days := int64 .Values.tls.helm.certDurationDays -}}
{{- $before := dict -}}
{{- if .Values.tls.helm.lookup -}}
{{- $before = lookup "v1" "Secret" (include "metrics-server.namespace" .) $name | default dict -}}
{{- end -}}
{{- $annotations := dig "metadata" "annotations" dict $before | default dict -}}
{{- $due := get $annotations $renewAfter | default "0" | int64 -}}
{{- $data := $before.data | default dict -}}
{{- if le $due $now -}}
{{- $due = add $now (mul $days 57600) -}}
{{- $names := include "metrics-server.servingNames" . | fromJsonArray -}}
{{- $authority := genCA (printf "%s-ca" $name) (int $days) -}}
{{- $leaf := genSignedCert $name nil $names (int $days) $authority -}}
{{- $known := index $data "ca.crt" | default (index $data "tls.crt") | default "" | b64dec -}}
{{- $last := regexFind "-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----" $known -}}
{{- $ca := printf "%s%s" $authority.Cert (ternary "" (printf "%s\n" $last) (empty $last)) -}}
{{- $data = dict "tls.crt" (b64enc $leaf.Cert) "tls.key" (b64enc $leaf.Key) "ca.crt" (b64enc $ca) -}}
{{- end -}}
apiVersion: v1
kind: Secret
metadata:
  {{- include "metrics-server.metadata" . | nindent 2 }}
  annotations:
    {{ $renewAfter }}: {{ $due | toString | quote }}
type: Opaque
data:
  {{- toYaml $data | nindent 2 }}
{{- end -}}
