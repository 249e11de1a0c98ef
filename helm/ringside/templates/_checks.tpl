{{/* What the schema cannot say: values that do not go together. Each message names what to change. */}}

{{- define "ringside.fail" -}}
{{- fail (printf "\n\nringside: %s\n" .) -}}
{{- end -}}

{{- define "ringside.checks" -}}
{{- if and (not .Values.pools) (ne .Values.mode "injector") -}}
{{- include "ringside.fail" "pools is empty: give it at least one, such as pools.cache with port: 11211 and servers or discovery" -}}
{{- end -}}
{{- include "ringside.poolChecks" . -}}
{{- include "ringside.modeChecks" . -}}
{{- if eq .Values.mode "injector" -}}
{{- include "ringside.injectorChecks" . -}}
{{- include "ringside.asSidecar" (list . true "ringside.drainChecks") -}}
{{- include "ringside.asSidecar" (list . false "ringside.drainChecks") -}}
{{- else -}}
{{- include "ringside.drainChecks" . -}}
{{- end -}}
{{- if and (eq .Values.probes.kind "exec") (not .Values.waitForNodes) -}}
{{- include "ringside.fail" "probes.kind exec asks whether all pools have nodes: set waitForNodes to true, or probes.kind to httpGet" -}}
{{- end -}}
{{- end -}}

{{- define "ringside.drainChecks" -}}
{{- $grace := include "ringside.graceSeconds" . | int -}}
{{- $wait := include "ringside.waitSeconds" . | int -}}
{{- $limit := int .Values.drain.limitSeconds -}}
{{- $pod := int .Values.terminationGracePeriodSeconds -}}
{{- /* The hook looks a last time when its time is over: a second for the answer, another one for the program. */ -}}
{{- $needed := add $wait (ternary 2 0 (gt $wait 0)) $grace $limit 1 | int -}}
{{- if gt $needed $pod -}}
{{- $parts := printf "grace %d, limit %d, and one to end" $grace $limit -}}
{{- $values := "drain.graceSeconds or drain.limitSeconds" -}}
{{- if $wait -}}
{{- $parts = printf "wait %d and two to notice, %s" $wait $parts -}}
{{- $values = "drain.waitSeconds, drain.graceSeconds or drain.limitSeconds" -}}
{{- end -}}
{{- include "ringside.fail" (printf "the drain takes up to %d s (%s), the pod is killed after %d: lower %s, or raise terminationGracePeriodSeconds" $needed $parts $pod $values) -}}
{{- end -}}
{{- end -}}

{{- define "ringside.poolChecks" -}}
{{- $owner := dict (toString .Values.ports.probes) "ports.probes" -}}
{{- if eq (int .Values.ports.probes) (int .Values.ports.admin) -}}
{{- include "ringside.fail" "ports.probes and ports.admin are the same" -}}
{{- end -}}
{{- $_ := set $owner (toString .Values.ports.admin) "ports.admin" -}}
{{- range $name, $pool := .Values.pools -}}
{{- if eq (empty $pool.port) (empty $pool.socket) -}}
{{- include "ringside.fail" (printf "pools.%s needs one of port and socket: true" $name) -}}
{{- end -}}
{{- if and $pool.socket (include "ringside.isStandalone" $) -}}
{{- include "ringside.fail" (printf "pools.%s.socket: only a sidecar shares a volume with the application; give it a port in mode %s" $name $.Values.mode) -}}
{{- end -}}
{{- with $pool.port -}}
{{- with get $owner (toString .) -}}
{{- include "ringside.fail" (printf "pools.%s.port is that of %s already" $name .) -}}
{{- end -}}
{{- $_ := set $owner (toString .) (printf "pools.%s" $name) -}}
{{- end -}}
{{- $keys := omit $pool "port" "socket" "env" | keys | sortAlpha -}}
{{- if $.Values.config.existing -}}
{{- if $keys -}}
{{- include "ringside.fail" (printf "pools.%s: %s would be ignored, as the configuration is that of config.existing" $name (join ", " $keys)) -}}
{{- end -}}
{{- else if eq (hasKey $pool "servers") (hasKey $pool "discovery") -}}
{{- include "ringside.fail" (printf "pools.%s needs one of servers and discovery" $name) -}}
{{- else if and (hasKey $pool "redis_auth") (eq $.Values.mode "injector") -}}
{{- include "ringside.fail" (printf "pools.%s.redis_auth is a password, and would be read in an annotation: use redis_auth_file, with extraVolumes and extraVolumeMounts" $name) -}}
{{- else if and (hasKey $pool "redis_auth") (ne $.Values.config.kind "Secret") -}}
{{- include "ringside.fail" (printf "pools.%s.redis_auth is a password: set config.kind to Secret" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ringside.injectorChecks" -}}
{{- with .Values.injector -}}
{{- $from := .certificate.from -}}
{{- if and (eq $from "secret") (not (and .certificate.secretName .certificate.caBundle)) -}}
{{- include "ringside.fail" "injector.certificate.from secret takes secretName and caBundle: whom the API server is to trust" -}}
{{- else if and (ne $from "secret") (or .certificate.secretName .certificate.caBundle) -}}
{{- include "ringside.fail" (printf "injector.certificate: secretName and caBundle would be ignored, as from is %s" $from) -}}
{{- else if and (ne $from "certManager") .certificate.issuer -}}
{{- include "ringside.fail" (printf "injector.certificate.issuer would be ignored, as from is %s" $from) -}}
{{- end -}}
{{- if and (eq .failurePolicy "Fail") (lt (int $.Values.replicas) 2) -}}
{{- include "ringside.fail" "injector.failurePolicy Fail with fewer than 2 replicas: whenever one is replaced no pod could be made in namespaces that have opted in" -}}
{{- end -}}
{{- if eq (int .ports.webhook) (int .ports.probes) -}}
{{- include "ringside.fail" "injector.ports.webhook and injector.ports.probes are the same" -}}
{{- end -}}
{{- end -}}
{{- if or .Values.config.existing (ne .Values.config.kind "ConfigMap") -}}
{{- include "ringside.fail" "config: an injector has no configuration of its own; pods name theirs by the annotations ringside.dev/config-map and ringside.dev/config-secret" -}}
{{- end -}}
{{- end -}}

{{- define "ringside.modeChecks" -}}
{{- if has .Values.mode (list "sidecar" "injector") -}}
{{- if and .Values.sidecar.native (semverCompare "<1.29.0-0" .Capabilities.KubeVersion.Version) -}}
{{- include "ringside.fail" (printf "native sidecars need Kubernetes 1.29, this is %s: set sidecar.native to false" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end -}}
{{- if eq .Values.mode "sidecar" -}}
{{- if .Values.serviceMonitor.enabled -}}
{{- include "ringside.fail" "serviceMonitor: a sidecar has no Service; use podMonitor" -}}
{{- end -}}
{{- if .Values.networkPolicy.enabled -}}
{{- include "ringside.fail" "networkPolicy: in mode sidecar the pods are those of another chart, and so is their NetworkPolicy" -}}
{{- end -}}
{{- if and .Values.podMonitor.enabled (not .Values.podMonitor.selector) -}}
{{- include "ringside.fail" "podMonitor.selector is empty: in mode sidecar it says which pods have the sidecar" -}}
{{- end -}}
{{- if and (include "ringside.watchedNamespaces" .) .Values.rbac.create (not .Values.serviceAccount.name) -}}
{{- include "ringside.fail" "serviceAccount.name is empty: the source kubernetes needs to know whose pods may read EndpointSlices; or set rbac.create to false" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.drain.waitSeconds (ne .Values.mode "injector") (or (ne .Values.mode "sidecar") .Values.sidecar.native) -}}
{{- include "ringside.fail" "drain.waitSeconds is for a plain sidecar (sidecar.native: false): a native one ends after the application anyway, and clients of other pods are told to go" -}}
{{- end -}}
{{- if and .Values.podMonitor.enabled .Values.serviceMonitor.enabled -}}
{{- include "ringside.fail" "podMonitor and serviceMonitor would count everything twice: enable one" -}}
{{- end -}}
{{- end -}}
