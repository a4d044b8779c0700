{{/*
Whether every pod that there is serves with the Secret of these values: "yes", "no", or "none" where there is no installation, or
none can be seen (helm template).
*/}}
{{- define "metrics-server.servedWithSecret" -}}
{{- $secret := include "metrics-server.servingSecret" . -}}
{{- with lookup "apps/v1" "Deployment" (include "metrics-server.namespace" .) (include "metrics-server.fullname" .) -}}
{{- $mounted := "" -}}
{{- range dig "spec" "template" "spec" "volumes" list . -}}
{{- if eq (dig "secret" "secretName" "" .) $secret -}}{{- $mounted = "yes" -}}{{- end -}}
{{- end -}}
{{- $updated := dig "status" "updatedReplicas" 0 . | int64 -}}
{{- $known := ge (dig "status" "observedGeneration" 0 . | int64) (dig "metadata" "generation" 0 . | int64) -}}
{{- $whole := and (ge $updated (dig "spec" "replicas" 1 . | int64)) (eq $updated (dig "status" "replicas" 0 . | int64)) -}}
{{- ternary "yes" "no" (and (eq $mounted "yes") $known $whole) -}}
{{- else -}}
none
{{- end -}}
{{- end -}}

{{/* PEM of who signed the serving certificate, as far as it is in the cluster or in the values; tls.type helm has its own. */}}
{{- define "metrics-server.knownCA" -}}
{{- $tls := .Values.tls -}}
{{- $looked := or (and (eq $tls.type "existingSecret") $tls.existingSecret.lookup) (eq $tls.type "cert-manager") -}}
{{- if .Values.apiService.caBundle -}}
{{- .Values.apiService.caBundle -}}
{{- else if $looked -}}
{{- with lookup "v1" "Secret" (include "metrics-server.namespace" .) (include "metrics-server.servingSecret" .) -}}
{{- $own := ternary (index .data "tls.crt") "" (eq $tls.type "existingSecret") -}}
{{- index .data "ca.crt" | default $own | default "" | b64dec -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
How the apiserver is to verify the server, as JSON: {injected, ca, insecure, waiting}. While pods are there that do not serve
the new certificate yet, what verified them before goes on counting, or nothing: `waiting` says so. Takes a list of the
context and of the CA of tls.type helm.
*/}}
{{- define "metrics-server.verification" -}}
{{- $root := first . -}}
{{- $tls := $root.Values.tls -}}
{{- $ca := last . | default (include "metrics-server.knownCA" $root) -}}
{{- $injects := and (eq $tls.type "cert-manager") $tls.certManager.addInjectorAnnotations -}}
{{- $verifies := or $injects $ca (not $root.Values.apiService.insecureSkipTLSVerify) -}}
{{- $live := lookup "apiregistration.k8s.io/v1" "APIService" "" "v1beta1.metrics.k8s.io" | default dict -}}
{{- $lately := dig "spec" dict $live -}}
{{- $service := $lately.service | default dict -}}
{{- $fullname := include "metrics-server.fullname" $root -}}
{{- $ours := and (eq ($service.name | default "") $fullname) (eq ($service.namespace | default "") (include "metrics-server.namespace" $root)) -}}
{{- if and (dig "metadata" "annotations" "cert-manager.io/inject-ca-from" "" $live) $ours (not $injects) -}}
{{- fail (printf "tls.type %s: cert-manager writes the caBundle of the APIService. Take that away first, then upgrade: kubectl annotate apiservice v1beta1.metrics.k8s.io cert-manager.io/inject-ca-from- && kubectl patch apiservice v1beta1.metrics.k8s.io --type=merge -p '{\"spec\":{\"insecureSkipTLSVerify\":true,\"caBundle\":null}}'" $tls.type) -}}
{{- end -}}
{{- $name := include "metrics-server.servingSecret" $root -}}
{{- if and (has $tls.type (list "cert-manager" "existingSecret")) (eq $name $fullname) -}}
{{- $secret := lookup "v1" "Secret" (include "metrics-server.namespace" $root) $name | default dict -}}
{{- if eq (dig "metadata" "annotations" "meta.helm.sh/release-name" "" $secret) $root.Release.Name -}}
{{- fail (printf "tls.type %s: the Secret %s is the one of tls.type helm, which this upgrade would delete while pods serve with it. Upgrade to tls.type metrics-server first, then to %s" $tls.type $name $tls.type) -}}
{{- end -}}
{{- end -}}
{{- $waiting := false -}}
{{- $insecure := not $verifies -}}
{{- if and $verifies $ours (ne $tls.type "metrics-server") (eq (include "metrics-server.servedWithSecret" $root) "no") -}}
{{- $waiting = true -}}
{{- if $lately.insecureSkipTLSVerify -}}
{{- $ca = "" -}}
{{- $injects = false -}}
{{- $insecure = true -}}
{{- else if and $ca $lately.caBundle -}}
{{- $before := b64dec $lately.caBundle -}}
{{- if not (contains (trim $ca) $before) -}}
{{- $ca = printf "%s\n%s" (trim $ca) $before -}}
{{- else -}}
{{- $ca = $before -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "injected" $injects "ca" $ca "insecure" $insecure "waiting" $waiting | toJson -}}
{{- end -}}
