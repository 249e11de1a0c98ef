{{/* The configuration of Ringside, docs/CONFIG.md, from the values. */}}

{{/* What a plain sidecar's application has of the pod's time to end: all but the end of the drain. */}}
{{- define "ringside.applicationSeconds" -}}
{{- sub (int .Values.terminationGracePeriodSeconds) (add (int .Values.drain.limitSeconds) 5) | max 0 -}}
{{- end -}}

{{/*
How long a plain sidecar's preStop hook waits for the application's connections to go, in seconds; 0: there is no
hook. The time of the grace comes behind it.
*/}}
{{- define "ringside.waitSeconds" -}}
{{- $drain := .Values.drain -}}
{{- if not (kindIs "invalid" $drain.waitSeconds) -}}
{{- int $drain.waitSeconds -}}
{{- else if or (ne .Values.mode "sidecar") .Values.sidecar.native -}}
0
{{- else -}}
{{- $grace := ternary 5 $drain.graceSeconds (kindIs "invalid" $drain.graceSeconds) | int -}}
{{- sub (include "ringside.applicationSeconds" . | int) $grace | max 0 -}}
{{- end -}}
{{- end -}}

{{/* How long everything goes on after SIGTERM, in seconds. */}}
{{- define "ringside.graceSeconds" -}}
{{- $drain := .Values.drain -}}
{{- if not (kindIs "invalid" $drain.graceSeconds) -}}
{{- int $drain.graceSeconds -}}
{{- else if and (eq .Values.mode "sidecar") .Values.sidecar.native -}}
0
{{- else if or (ne .Values.mode "sidecar") (include "ringside.waitSeconds" . | int) -}}
5
{{- else -}}
{{- include "ringside.applicationSeconds" . -}}
{{- end -}}
{{- end -}}

{{/* The settings of the process. Those of the chart's own values cannot be contradicted. */}}
{{- define "ringside.process" -}}
{{- $workers := ternary 1 "auto" (eq .Values.mode "sidecar") -}}
{{- $process := merge (dict) .Values.process (dict "workers" $workers) -}}
{{- $_ := set $process "admin" (printf "127.0.0.1:%d" (int .Values.ports.admin)) -}}
{{- with .Values.admin.hosts -}}
{{- $_ := set $process "admin_hosts" . -}}
{{- end -}}
{{- with include "ringside.tokenFile" . -}}
{{- $_ := set $process "admin_token_file" . -}}
{{- end -}}
{{- $_ := set $process "probes" (include "ringside.hostPort" (dict "host" .Values.listenAddress "port" .Values.ports.probes)) -}}
{{- if .Values.stateDir -}}
{{- $_ := set $process "state_dir" "/var/lib/ringside" -}}
{{- end -}}
{{- $grace := printf "%ss" (include "ringside.graceSeconds" .) -}}
{{- $_ := set $process "drain" (dict "grace" $grace "limit" (printf "%ds" (int .Values.drain.limitSeconds))) -}}
{{- toYaml $process -}}
{{- end -}}

{{- define "ringside.config" -}}
{{- $hosts := ternary .Values.sidecar.loopback (list .Values.listenAddress) (eq .Values.mode "sidecar") -}}
ringside:
  {{- include "ringside.process" . | nindent 2 }}
{{- range $name, $pool := .Values.pools }}
{{ $name }}:
  {{- if $pool.socket }}
  # Written to by whichever user the application is: nobody else shares the pod's volume.
  listen: /run/ringside/{{ $name }}.sock 0666
  {{- else }}
  {{- $places := list }}
  {{- range $hosts }}
  {{- $places = append $places (include "ringside.hostPort" (dict "host" . "port" $pool.port)) }}
  {{- end }}
  listen: {{ ternary (first $places) $places (eq (len $places) 1) | toJson }}
  {{- end }}
  {{- with omit $pool "port" "socket" "env" }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* The object that holds it, for a chart that renders it itself; this chart does so unless config.existing is set. */}}
{{- define "ringside.sidecar.configmap" -}}
{{- include "ringside.checks" . -}}
apiVersion: v1
kind: {{ .Values.config.kind }}
metadata:
  name: {{ include "ringside.fullname" . }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "ringside.labels" . | nindent 4 }}
data:
  {{- if eq .Values.config.kind "Secret" }}
  # Not stringData: of what is applied by the server, that leaves old keys behind.
  ringside.yml: {{ include "ringside.config" . | b64enc }}
  {{- else }}
  ringside.yml: |
    {{- include "ringside.config" . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/*
What a restart takes to be in force (column "change" of docs/CONFIG.md), for an annotation of the pods: they are
replaced when it changes, while pools are taken over by the processes that run.
*/}}
{{- define "ringside.restartChecksum" -}}
{{- omit (include "ringside.process" . | fromYaml) "admin_hosts" "admin_token_file" "drain" "expand_env" "log_format" "state_dir" "watch_config" | toJson | sha256sum | trunc 16 -}}
{{- end -}}
