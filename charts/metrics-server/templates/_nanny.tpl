{{/* The container that resizes the server's (kubernetes/autoscaler, addon-resizer, release 1.8). */}}
{{- define "metrics-server.nanny" -}}
{{- $fullname := include "metrics-server.fullname" . -}}
{{- with .Values.addonResizer -}}
- name: metrics-server-nanny
  image: {{ printf "%s:%s" .image.repository (toString .image.tag) | quote }}
  command:
    - /pod_nanny
    - --config-dir=/etc/config
    - --deployment={{ $fullname }}
    - --container=metrics-server
    - --threshold={{ .nanny.threshold }}
    - --poll-period={{ int64 .nanny.pollPeriod }}
    - --estimator=exponential
    - --minClusterSize={{ .nanny.minClusterSize }}
    - --use-metrics=true
  env:
    - name: MY_POD_NAME
      valueFrom:
        fieldRef:
          fieldPath: metadata.name
    - name: MY_POD_NAMESPACE
      valueFrom:
        fieldRef:
          fieldPath: metadata.namespace
  {{- with .resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .securityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
    - name: nanny-config-volume
      mountPath: /etc/config
{{- end -}}
{{- end -}}
