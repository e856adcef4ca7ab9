{{- define "vestibule.name" -}}
{{- if contains "vestibule" .Release.Name }}{{ .Release.Name }}{{ else }}{{ printf "%s-vestibule" .Release.Name }}{{ end }}
{{- end }}

{{- define "vestibule.selector" -}}
app.kubernetes.io/name: vestibule
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "vestibule.labels" -}}
{{ include "vestibule.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "vestibule.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "vestibule.name" .) }}
{{- end }}

{{- define "vestibule.replicas" -}}
{{ if .Values.autoscaling.enabled }}{{ .Values.autoscaling.maxReplicas }}{{ else }}{{ .Values.replicas }}{{ end }}
{{- end }}

{{/* The container of replicas and of the migration. `url` is the secret of its database role. */}}
{{- define "vestibule.container" -}}
image: "{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  # Probes and scrapes come from outside of the container.
  - { name: VESTIBULE__SERVER__HOST, value: "0.0.0.0" }
  - { name: VESTIBULE__ADMIN__HOST, value: "0.0.0.0" }
  - { name: VESTIBULE__LIMITS__REPLICAS, value: {{ include "vestibule.replicas" . | quote }} }
  - name: VESTIBULE__DATABASE__URL
    valueFrom:
      secretKeyRef: { name: {{ .url.name }}, key: {{ .url.key }} }
  - { name: VESTIBULE__DATABASE__KEY_FILE, value: /run/secrets/vestibule/database_key }
  {{- if .Values.secrets.clientSecret.name }}
  - { name: VESTIBULE__COGNITO__CLIENT_SECRET_FILE, value: /run/secrets/vestibule/client_secret }
  {{- end }}
  {{- if .Values.secrets.storePassword.name }}
  - { name: VESTIBULE__LIMITS__STORE_PASSWORD_FILE, value: /run/secrets/vestibule/store_password }
  {{- end }}
volumeMounts:
  - { name: config, mountPath: /etc/vestibule, readOnly: true }
  # Mounts the folder without subPath, so that a changed secret appears in it.
  - { name: secrets, mountPath: /run/secrets/vestibule, readOnly: true }
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{/* The parts of a pod that replicas and the migration share. */}}
{{- define "vestibule.pod" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  # The group can read the secrets.
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "vestibule.secrets" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ .Values.secrets.databaseKey.name }}
          items: [{ key: {{ .Values.secrets.databaseKey.key }}, path: database_key }]
      {{- with .Values.secrets.clientSecret }}{{ if .name }}
      - secret:
          name: {{ .name }}
          items: [{ key: {{ .key }}, path: client_secret }]
      {{- end }}{{ end }}
      {{- with .Values.secrets.storePassword }}{{ if .name }}
      - secret:
          name: {{ .name }}
          items: [{ key: {{ .key }}, path: store_password }]
      {{- end }}{{ end }}
{{- end }}
