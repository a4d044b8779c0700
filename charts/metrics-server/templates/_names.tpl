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
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "metrics-server.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Name, namespace and labels of an object of the installation. */}}
{{- define "metrics-server.metadata" -}}
name: {{ include "metrics-server.fullname" . }}
namespace: {{ include "metrics-server.namespace" . }}
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

{{/* The names by which the server is asked, as a JSON list; the apiserver uses the first. */}}
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
