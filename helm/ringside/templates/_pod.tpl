{{/* An own pod: that of a daemonset, a deployment or the injector. */}}
{{- define "ringside.pod" -}}
metadata:
  labels:
    {{- include "ringside.labels" . | nindent 4 }}
    # Not into itself, and no webhook stands before its start.
    ringside.dev/inject: disabled
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- $annotations := dict -}}
  {{- if include "ringside.isStandalone" . -}}
  {{- /* An injector reads everything again that changes. */ -}}
  {{- $annotations = dict "checksum/ringside-process" (include "ringside.restartChecksum" .) -}}
  {{- end }}
  {{- with merge (dict) .Values.podAnnotations $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "ringside.serviceAccountName" . }}
  # A source `kubernetes` and events have a token of their own among the volumes.
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- $of := ternary "ringside.injector" "ringside" (eq .Values.mode "injector") }}
  containers:
    - {{ include (printf "%s.container" $of) . | nindent 6 | trim }}
  volumes:
    {{- include (printf "%s.volumes" $of) . | nindent 4 }}
{{- end -}}
