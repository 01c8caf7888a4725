{{- define "contactmomenten.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Room is left for -configuration, the longest of what is put after it. */}}
{{- define "contactmomenten.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "contactmomenten.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What selects the pods, of all kinds together. Never changed by an upgrade. */}}
{{- define "contactmomenten.selector" -}}
app.kubernetes.io/name: {{ include "contactmomenten.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "contactmomenten.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "contactmomenten.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "contactmomenten.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "contactmomenten.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "contactmomenten.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* A Job before the installation cannot have an account that the installation makes. */}}
{{- define "contactmomenten.jobServiceAccountName" -}}
{{- if .Values.serviceAccount.create -}}default{{- else -}}{{ include "contactmomenten.serviceAccountName" . }}{{- end -}}
{{- end -}}

{{- define "contactmomenten.siteDomain" -}}
{{- $hosts := ternary .Values.ingress.hosts list .Values.ingress.enabled -}}
{{- if .Values.settings.SITE_DOMAIN -}}
{{- .Values.settings.SITE_DOMAIN -}}
{{- else if $hosts -}}
{{- (first $hosts).host -}}
{{- end -}}
{{- end -}}

{{/* The environment that all pods share: a number is written as it is, not as 1e+07. */}}
{{- define "contactmomenten.env" -}}
{{- $settings := merge (dict "SITE_DOMAIN" (include "contactmomenten.siteDomain" .)) .Values.settings -}}
{{- range $name, $value := $settings }}
{{- if or (kindIs "bool" $value) (ne (toString $value) "") }}
- name: {{ $name }}
  value: {{ include "contactmomenten.text" $value | quote }}
{{- end }}
{{- end }}
{{- range $name := list "DATABASE_REPLICA_URL" "DATABASE_URL" "DB_PASSWORD" "OTEL_EXPORTER_OTLP_HEADERS" "SECRET_KEY" "SECRET_KEY_PREVIOUS" }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.existingSecret }}
      key: {{ $name }}
      optional: true
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "contactmomenten.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{/* What all pods have but their containers; it is given the root, and the account. */}}
{{- define "contactmomenten.pod" -}}
{{- $root := index . 0 -}}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
serviceAccountName: {{ index . 1 }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Constraints that say nothing of which pods mean those of this Deployment. */}}
{{- define "contactmomenten.spread" -}}
{{- $root := index . 0 -}}
{{- $labels := merge (dict "app.kubernetes.io/component" (index . 1)) (fromYaml (include "contactmomenten.selector" $root)) -}}
{{- with $root.Values.topologySpreadConstraints }}
topologySpreadConstraints:
{{- range . }}
  - {{- toYaml (merge (dict) . (dict "labelSelector" (dict "matchLabels" $labels))) | nindent 4 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What all containers have but their arguments and environment. */}}
{{- define "contactmomenten.container" -}}
image: {{ include "contactmomenten.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "contactmomenten.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "contactmomenten.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "contactmomenten.podMetadata" -}}
{{- $root := index . 0 -}}
{{- with $root.Values.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
labels:
  {{- include "contactmomenten.labels" $root | nindent 2 }}
  app.kubernetes.io/component: {{ index . 1 }}
  {{- with $root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}
