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
{{- with .Values.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  {{- if ne .Values.mode "sidecar" }}
  {{- range $name, $pool := .Values.pools }}
  - {name: {{ $name }}, containerPort: {{ $pool.port }}, protocol: TCP}
  {{- end }}
  {{- end }}
  - {name: ringside-probes, containerPort: {{ .Values.ports.probes }}, protocol: TCP}
{{- $ready := "/readyz" }}
{{- $started := "/readyz" }}
{{- if not .Values.waitForNodes }}
{{- /* What the process itself is responsible for: that it listens, and is not about to end. */}}
{{- $ready = "/readyz/process" }}
{{- $started = "/readyz/listeners" }}
{{- end }}
startupProbe:
  httpGet: {path: {{ $started }}, port: ringside-probes}
  {{- toYaml .Values.probes.startup | nindent 2 }}
readinessProbe:
  httpGet: {path: {{ $ready }}, port: ringside-probes}
  {{- toYaml .Values.probes.readiness | nindent 2 }}
livenessProbe:
  httpGet: {path: /livez, port: ringside-probes}
  {{- toYaml .Values.probes.liveness | nindent 2 }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
{{- $security := .Values.securityContext }}
{{- $cluster := .Capabilities.APIVersions.Has "security.openshift.io/v1" }}
{{- if ternary $cluster .Values.openshift (eq (toString .Values.openshift) "auto") }}
{{- $security = omit $security "runAsUser" "runAsGroup" }}
{{- end }}
securityContext:
  {{- toYaml $security | nindent 2 }}
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
  {{- if $watches }}
  - {name: ringside-token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "ringside.volumes" -}}
- name: ringside-config
  {{- if eq .Values.config.kind "Secret" }}
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
{{- if include "ringside.watchedNamespaces" . }}
# Its own token: the pod may well have automountServiceAccountToken: false.
- name: ringside-token
  projected:
    defaultMode: 0444
    sources:
      - serviceAccountToken: {path: token, expirationSeconds: 3607}
      - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
      - downwardAPI: {items: [{path: namespace, fieldRef: {apiVersion: v1, fieldPath: metadata.namespace}}]}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
