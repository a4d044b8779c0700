{{- define "metrics-server.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name where it says what it is, and both names where it does not. */}}
{{- define "metrics-server.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $both := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- .Values.fullnameOverride | default $both | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "metrics-server.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end -}}

{{- define "metrics-server.serviceAccountName" -}}
{{- $fallback := ternary (include "metrics-server.fullname" .) "default" .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default $fallback -}}
{{- end -}}

{{- define "metrics-server.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{/* The same as those of the Go server's chart: a selector cannot be changed by an upgrade. */}}
{{- define "metrics-server.selectorLabels" -}}
app.kubernetes.io/name: {{ include "metrics-server.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "metrics-server.labels" -}}
{{- $chart := printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- $own := dict "helm.sh/chart" $chart "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service -}}
{{- $selected := include "metrics-server.selectorLabels" . | fromYaml -}}
{{- mergeOverwrite $own (deepCopy (.Values.commonLabels | default dict)) $selected | toYaml -}}
{{- end -}}

{{/* The label by which manifests/base, the Go server's manifests and manifests/monitoring know Service and pods. */}}
{{- define "metrics-server.appLabel" -}}
k8s-app: metrics-server
{{- end -}}

{{/*
Labels of an object and those of the values, given as a list with the context: each key once, whatever the values repeat, and
those of the selector as they are, by which a ServiceMonitor finds the Service.
*/}}
{{- define "metrics-server.labelsWith" -}}
{{- $labels := include "metrics-server.labels" (first .) | fromYaml -}}
{{- $selected := include "metrics-server.selectorLabels" (first .) | fromYaml -}}
{{- mergeOverwrite $labels (deepCopy (last . | default dict)) $selected | toYaml -}}
{{- end -}}

{{/* Labels of the pods, of which the selector's cannot be changed. */}}
{{- define "metrics-server.podLabels" -}}
{{- $app := include "metrics-server.appLabel" . | fromYaml -}}
{{- $selected := include "metrics-server.selectorLabels" . | fromYaml -}}
{{- mergeOverwrite $app (deepCopy (.Values.podLabels | default dict)) $selected | toYaml -}}
{{- end -}}

{{/* Name and namespace of an object of the installation, and its labels. */}}
{{- define "metrics-server.named" -}}
name: {{ include "metrics-server.fullname" . }}
namespace: {{ include "metrics-server.namespace" . }}
{{- end -}}

{{- define "metrics-server.metadata" -}}
{{ include "metrics-server.named" . }}
labels:
  {{- include "metrics-server.labels" . | nindent 2 }}
{{- end -}}

{{/* The Secret with the serving certificate; empty when the server makes its own. */}}
{{- define "metrics-server.servingSecret" -}}
{{- if eq .Values.tls.type "existingSecret" -}}
{{- required "tls.existingSecret.name: which Secret?" .Values.tls.existingSecret.name -}}
{{- else if ne .Values.tls.type "metrics-server" -}}
{{- include "metrics-server.fullname" . -}}
{{- end -}}
{{- end -}}

{{/* The names by which the server is requested, as a JSON list; the apiserver uses the first. */}}
{{- define "metrics-server.servingNames" -}}
{{- $short := printf "%s.%s" (include "metrics-server.fullname" .) (include "metrics-server.namespace" .) -}}
{{- list (printf "%s.svc" $short) $short (printf "%s.svc.%s" $short .Values.tls.clusterDomain) | toJson -}}
{{- end -}}

{{/* The account of the server, as the subject of a binding. */}}
{{- define "metrics-server.subjects" -}}
- kind: ServiceAccount
  name: {{ include "metrics-server.serviceAccountName" . }}
  namespace: {{ include "metrics-server.namespace" . }}
{{- end -}}
