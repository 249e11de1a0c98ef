{{/* The injector: its pod, what it injects, and its certificate. Its objects are in the folder injector. */}}

{{- define "ringside.injector.container" -}}
{{- $ports := .Values.injector.ports -}}
name: ringside-injector
image: {{ include "ringside.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [ringside-injector]
args:
  - serve
  - --listen={{ include "ringside.hostPort" (dict "host" .Values.listenAddress "port" $ports.webhook) }}
  - --cert-file=/tls/tls.crt
  - --key-file=/tls/tls.key
  - --template=/etc/ringside-injector/template.yaml
  - --probes={{ include "ringside.hostPort" (dict "host" .Values.listenAddress "port" $ports.probes) }}
  - --events={{ ternary "yes" "no" .Values.injector.events }}
  {{- with .Values.process.log_format }}
  - --log-format={{ . }}
  {{- end }}
  {{- with .Values.injector.extraArgs }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  - {name: webhook, containerPort: {{ $ports.webhook }}, protocol: TCP}
  - {name: ringside-probes, containerPort: {{ $ports.probes }}, protocol: TCP}
startupProbe:
  httpGet: {path: /readyz, port: ringside-probes}
  {{- toYaml .Values.probes.startup | nindent 2 }}
readinessProbe:
  httpGet: {path: /readyz, port: ringside-probes}
  {{- toYaml .Values.probes.readiness | nindent 2 }}
livenessProbe:
  httpGet: {path: /livez, port: ringside-probes}
  {{- toYaml .Values.probes.liveness | nindent 2 }}
resources:
  {{- toYaml .Values.injector.resources | nindent 2 }}
securityContext:
  {{- include "ringside.securityContext" . | nindent 2 }}
terminationMessagePolicy: FallbackToLogsOnError
volumeMounts:
  # Folders, not files of them by subPath: what changes arrives.
  - {name: ringside-template, mountPath: /etc/ringside-injector, readOnly: true}
  - {name: ringside-tls, mountPath: /tls, readOnly: true}
  {{- if .Values.injector.events }}
  - {name: ringside-token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
  {{- end }}
{{- end -}}

{{- define "ringside.injector.volumes" -}}
- name: ringside-template
  configMap: {name: {{ include "ringside.fullname" . }}-template, defaultMode: 0444}
# Not 0440: without an fsGroup, which OpenShift gives itself, that is for root only. No other container mounts it.
- name: ringside-tls
  secret: {secretName: {{ include "ringside.injector.tlsSecret" . }}, defaultMode: 0444}
{{- if .Values.injector.events }}
{{ include "ringside.tokenVolume" . }}
{{- end }}
{{- end -}}

{{/*
Another template, as it renders in a sidecar of these values: of a list, the root, whether it is native, and the name.
Without pools, which differ from pod to pod: what they need besides, the injector adds to what it is given.
*/}}
{{- define "ringside.asSidecar" -}}
{{- $root := index . 0 -}}
{{- $values := set (mustDeepCopy $root.Values) "mode" "sidecar" -}}
{{- $_ := set $values "pools" dict -}}
{{- $_ := set $values "sidecar" (dict "native" (index . 1)) -}}
{{- $_ := set $values "config" (dict "kind" "Annotation" "existing" "") -}}
{{- $as := dict "Values" $values "Release" $root.Release "Chart" $root.Chart "Capabilities" $root.Capabilities -}}
{{- include (index . 2) $as -}}
{{- end -}}

{{/* What is injected: the file that `ringside-injector --template` reads. */}}
{{- define "ringside.injector.template" -}}
native: {{ .Values.sidecar.native }}
process:
  {{- include "ringside.asSidecar" (list . true "ringside.process") | nindent 2 }}
pools:
  {{- toYaml .Values.pools | nindent 2 }}
container:
  {{- include "ringside.asSidecar" (list . true "ringside.container") | nindent 2 }}
volumes:
  {{- include "ringside.asSidecar" (list . true "ringside.volumes") | nindent 2 }}
{{- $process := include "ringside.asSidecar" (list . false "ringside.process") | fromYaml }}
{{- $container := include "ringside.asSidecar" (list . false "ringside.container") | fromYaml }}
# Over the above, where it is not native.
plain:
  process:
    {{- toYaml (pick $process "drain") | nindent 4 }}
  container:
    {{- toYaml (pick $container "lifecycle") | nindent 4 }}
{{- end -}}

{{/* What is one for a cluster: another release may have the same name in another namespace. */}}
{{- define "ringside.injector.clusterName" -}}
{{ include "ringside.fullname" . }}-{{ .Release.Namespace }}
{{- end -}}

{{- define "ringside.injector.tlsSecret" -}}
{{- ternary .Values.injector.certificate.secretName (printf "%s-tls" (include "ringside.fullname" .)) (eq .Values.injector.certificate.from "secret") -}}
{{- end -}}

{{/* The names that the certificate is for, the first of which is the one that the API server asks for. */}}
{{- define "ringside.injector.hosts" -}}
{{- $name := include "ringside.fullname" . -}}
{{- $namespace := .Release.Namespace -}}
- {{ $name }}.{{ $namespace }}.svc
- {{ $name }}.{{ $namespace }}.svc.cluster.local
- {{ $name }}.{{ $namespace }}
- {{ $name }}
{{- end -}}

{{/*
Certificate, key and authority, in base64: those that are in the cluster, or new ones. The authority signs once, and its
key is not kept.
*/}}
{{- define "ringside.injector.generated" -}}
{{- $there := (lookup "v1" "Secret" .Release.Namespace (include "ringside.injector.tlsSecret" .)).data -}}
{{- if and $there (index $there "tls.crt") (index $there "tls.key") (index $there "ca.crt") -}}
{{- pick $there "tls.crt" "tls.key" "ca.crt" | toYaml -}}
{{- else -}}
{{- $hosts := include "ringside.injector.hosts" . | fromYamlArray -}}
{{- $days := int .Values.injector.certificate.days -}}
{{- $ca := genCAWithKey (printf "%s authority" (include "ringside.fullname" .)) $days (genPrivateKey "ecdsa") -}}
{{- $made := genSignedCertWithKey (include "ringside.fullname" .) nil $hosts $days $ca (genPrivateKey "ecdsa") -}}
tls.crt: {{ $made.Cert | b64enc }}
tls.key: {{ $made.Key | b64enc }}
ca.crt: {{ $ca.Cert | b64enc }}
{{- end -}}
{{- end -}}
