{{/* Names, labels and the facts that more than one file asks for. */}}

{{- define "ringside.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "ringside.fullname" -}}
{{- $name := include "ringside.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- .Values.fullnameOverride | default $full | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "ringside.selectorLabels" -}}
app.kubernetes.io/name: {{ include "ringside.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "ringside.labels" -}}
{{ include "ringside.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "ringside.image" -}}
{{- $by := ternary (printf "@%s" .Values.image.digest) (printf ":%s" (.Values.image.tag | default .Chart.AppVersion)) (ne .Values.image.digest "") -}}
{{ .Values.image.repository }}{{ $by }}
{{- end -}}

{{/* The ConfigMap or Secret with the configuration. */}}
{{- define "ringside.configName" -}}
{{- .Values.config.existing | default (include "ringside.fullname" .) -}}
{{- end -}}

{{/* Whose pods they are: the chart's account, or the one that they already have. */}}
{{- define "ringside.serviceAccountName" -}}
{{- if and (ne .Values.mode "sidecar") .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "ringside.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* The namespaces that pools with a source `kubernetes` look into, with commas between them; "" without such. */}}
{{- define "ringside.watchedNamespaces" -}}
{{- $found := list -}}
{{- range $pool := .Values.pools -}}
{{- $sources := $pool.discovery | default list -}}
{{- if kindIs "map" $sources -}}{{- $sources = list $sources -}}{{- end -}}
{{- range $sources -}}
{{- with .kubernetes -}}{{- $found = append $found (.namespace | default $.Release.Namespace) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $found | uniq | sortAlpha | join "," -}}
{{- end -}}

{{/* "yes" if clients of other pods find the pools by a Service: a daemonset, a deployment. */}}
{{- define "ringside.isStandalone" -}}
{{- if has .Values.mode (list "daemonset" "deployment") -}}yes{{- end -}}
{{- end -}}

{{/* The port of probes and metrics of own pods. */}}
{{- define "ringside.probesPort" -}}
{{- ternary .Values.injector.ports.probes .Values.ports.probes (eq .Values.mode "injector") -}}
{{- end -}}

{{/* "yes" if a pool listens on a unix socket. */}}
{{- define "ringside.hasSocket" -}}
{{- range .Values.pools -}}{{- if .socket -}}yes {{ end -}}{{- end -}}
{{- end -}}

{{/* Where the container has the token of the admin API; "" without one. */}}
{{- define "ringside.tokenFile" -}}
{{- if .Values.admin.tokenSecret.name -}}/var/run/secrets/ringside/token{{- end -}}
{{- end -}}

{{/* HOST:PORT to listen on; an IPv6 address in brackets. */}}
{{- define "ringside.hostPort" -}}
{{- $host := ternary (printf "[%s]" .host) .host (contains ":" .host) -}}
{{ $host }}:{{ .port }}
{{- end -}}
