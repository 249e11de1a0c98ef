{{/*
Templates for charts that have this one as a dependency; .Subcharts.ringside is what they are given:

    {{- include "ringside.sidecar.initContainers" .Subcharts.ringside | nindent 8 }}

Those in the plural, and `env`, may always be there: what another mode does not need renders to nothing, so that one
value moves a chart from a sidecar to a daemonset and back.
*/}}

{{/* The container alone. With sidecar.native it goes to initContainers, else to containers. */}}
{{- define "ringside.sidecar.container" -}}
{{- include "ringside.checks" . -}}
{{ include "ringside.container" . }}
{{- if .Values.sidecar.native }}
restartPolicy: Always
{{- end }}
{{- end -}}

{{/* Items of initContainers. The first of them, so that those that follow can use it. */}}
{{- define "ringside.sidecar.initContainers" -}}
{{- if and (eq .Values.mode "sidecar") .Values.sidecar.native -}}
- {{ include "ringside.sidecar.container" . | nindent 2 | trim }}
{{- end -}}
{{- end -}}

{{/* Items of containers. */}}
{{- define "ringside.sidecar.containers" -}}
{{- if and (eq .Values.mode "sidecar") (not .Values.sidecar.native) -}}
- {{ include "ringside.sidecar.container" . | nindent 2 | trim }}
{{- end -}}
{{- end -}}

{{/* Items of the pod's volumes. */}}
{{- define "ringside.sidecar.volumes" -}}
{{- if eq .Values.mode "sidecar" -}}
{{- include "ringside.volumes" . -}}
{{- end -}}
{{- end -}}

{{/* Items of the application's volumeMounts: the folder of the unix sockets, if a pool has one. */}}
{{- define "ringside.sidecar.volumeMounts" -}}
{{- if include "ringside.hasSocket" . -}}
- {name: ringside-sockets, mountPath: /run/ringside}
{{- end -}}
{{- end -}}

{{/* Items of the application's env: where the pools are, in each mode. */}}
{{- define "ringside.sidecar.env" -}}
{{- if eq .Values.mode "injector" -}}
{{- include "ringside.fail" "mode injector is a release of its own: pods that it injects get their variables from it" -}}
{{- end -}}
{{- $host := printf "%s.%s" (include "ringside.fullname" .) .Release.Namespace -}}
{{- if eq .Values.mode "sidecar" -}}{{- $host = "127.0.0.1" -}}{{- end -}}
{{- $lines := list -}}
{{- range $name, $pool := .Values.pools -}}
{{- $prefix := $pool.env | default ($name | upper | replace "-" "_") -}}
{{- if $pool.socket -}}
{{- $lines = append $lines (dict "name" (printf "%s_SOCKET" $prefix) "value" (printf "/run/ringside/%s.sock" $name)) -}}
{{- else -}}
{{- $lines = append $lines (dict "name" (printf "%s_HOST" $prefix) "value" $host) -}}
{{- $lines = append $lines (dict "name" (printf "%s_PORT" $prefix) "value" (toString $pool.port)) -}}
{{- end -}}
{{- end -}}
{{- toYaml $lines -}}
{{- end -}}

{{/* Annotations of the pod: it is replaced when a setting changes that takes a restart. */}}
{{- define "ringside.sidecar.annotations" -}}
{{- if eq .Values.mode "sidecar" -}}
checksum/ringside-process: {{ include "ringside.restartChecksum" . | quote }}
{{- end -}}
{{- end -}}
