{{/* The container with its volumes: the same in a sidecar and on its own. */}}

{{/* All but the fields that only one of the two has. */}}
{{- define "ringside.container" -}}
{{- $watches := include "ringside.watchedNamespaces" . -}}
name: ringside
image: {{ include "ringside.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [ringside]
args:
  - --conf-file=/etc/ringside/ringside.yml
  - --verbose={{ .Values.logLevel }}
  {{- with .Values.extraArgs }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- $tokenFile := include "ringside.tokenFile" . }}
{{- if or $tokenFile .Values.extraEnv }}
env:
  {{- with $tokenFile }}
  # For ringctl, by `kubectl exec`.
  - {name: RINGSIDE_TOKEN_FILE, value: {{ . }}}
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
ports:
  {{- if ne .Values.mode "sidecar" }}
  {{- range $name, $pool := .Values.pools }}
  - {name: {{ $name }}, containerPort: {{ $pool.port }}, protocol: TCP}
  {{- end }}
  {{- end }}
  - {name: ringside-probes, containerPort: {{ .Values.ports.probes }}, protocol: TCP}
{{- range list "startup" "readiness" "liveness" }}
{{ . }}Probe:
  {{ include "ringside.asked" (list $ .) }}
  {{- toYaml (get $.Values.probes .) | nindent 2 }}
{{- end }}
{{- with include "ringside.waitSeconds" . | int }}
lifecycle:
  preStop:
    # Returns when no client is connected, and closes nothing: SIGTERM comes after it.
    exec: {command: [ringside, drain, --wait, --wait-max={{ . }}s, {{ include "ringside.askItself" $ }}]}
{{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- include "ringside.securityContext" . | nindent 2 }}
# What a wrong configuration said is then in the pod's status.
terminationMessagePolicy: FallbackToLogsOnError
volumeMounts:
  # The folder, not a file of it by subPath: only then does a changed ConfigMap arrive.
  - {name: ringside-config, mountPath: /etc/ringside, readOnly: true}
  {{- if .Values.stateDir }}
  - {name: ringside-state, mountPath: /var/lib/ringside}
  {{- end }}
  {{- if include "ringside.hasSocket" . }}
  - {name: ringside-sockets, mountPath: /run/ringside}
  {{- end }}
  {{- with $tokenFile }}
  - {name: ringside-admin, mountPath: {{ dir . }}, readOnly: true}
  {{- end }}
  {{- if $watches }}
  - {name: ringside-token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "ringside.securityContext" -}}
{{- $security := .Values.securityContext -}}
{{- $cluster := .Capabilities.APIVersions.Has "security.openshift.io/v1" -}}
{{- if ternary $cluster .Values.openshift (eq (toString .Values.openshift) "auto") -}}
{{- $security = omit $security "runAsUser" "runAsGroup" -}}
{{- end -}}
{{- toYaml $security -}}
{{- end -}}

{{/* Options of a command that asks the proxy beside it: where it is, even while its new configuration is a wrong one. */}}
{{- define "ringside.askItself" -}}
--conf-file=/etc/ringside/ringside.yml, "--admin=127.0.0.1:{{ int .Values.ports.admin }}"
{{- end -}}

{{/* What a probe asks: of a list, the root and the beginning of the probe's name. */}}
{{- define "ringside.asked" -}}
{{- $root := first . -}}
{{- $probe := last . -}}
{{- if eq $root.Values.probes.kind "exec" -}}
{{- $ready := ternary "" ", --ready" (eq $probe "liveness") -}}
exec: {command: [ringside, healthcheck, {{ include "ringside.askItself" $root }}{{ $ready }}]}
{{- else -}}
{{- $paths := dict "startup" "/readyz" "readiness" "/readyz" "liveness" "/livez" -}}
{{- if not $root.Values.waitForNodes -}}
{{- /* What the process itself is responsible for: that it listens, and is not about to end. */ -}}
{{- $paths = merge (dict "startup" "/readyz/listeners" "readiness" "/readyz/process") $paths -}}
{{- end -}}
httpGet: {path: {{ get $paths $probe }}, port: ringside-probes}
{{- end -}}
{{- end -}}

{{- define "ringside.tokenVolume" -}}
# Its own token: the pod may well have automountServiceAccountToken: false.
- name: ringside-token
  projected:
    defaultMode: 0444
    sources:
      - serviceAccountToken: {path: token, expirationSeconds: 3607}
      - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
      - downwardAPI: {items: [{path: namespace, fieldRef: {apiVersion: v1, fieldPath: metadata.namespace}}]}
{{- end -}}

{{- define "ringside.volumes" -}}
- name: ringside-config
  {{- if eq .Values.config.kind "Annotation" }}
  downwardAPI:
    defaultMode: 0444
    items: [{path: ringside.yml, fieldRef: {apiVersion: v1, fieldPath: "metadata.annotations['ringside.dev/config']"}}]
  {{- else if eq .Values.config.kind "Secret" }}
  secret: {secretName: {{ include "ringside.configName" . }}, defaultMode: 0444}
  {{- else }}
  configMap: {name: {{ include "ringside.configName" . }}, defaultMode: 0444}
  {{- end }}
{{- if .Values.stateDir }}
- name: ringside-state
  emptyDir: {sizeLimit: 64Mi}
{{- end }}
{{- if include "ringside.hasSocket" . }}
- name: ringside-sockets
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
{{- end }}
{{- with .Values.admin.tokenSecret }}
{{- if .name }}
# Not 0440: without an fsGroup, which is the pod's, that is for root only. No other container mounts it.
- name: ringside-admin
  secret: {secretName: {{ quote .name }}, defaultMode: 0444, items: [{key: {{ quote .key }}, path: token}]}
{{- end }}
{{- end }}
{{- if include "ringside.watchedNamespaces" . }}
{{ include "ringside.tokenVolume" . }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
