variable "name" {
  description = "Name of all resources."
  type        = string
  default     = "vestibule"
}

variable "image" {
  description = "The image, best by digest: REGISTRY/vestibule@sha256:…"
  type        = string
}

variable "region" {
  description = "Region of the pool and of these resources."
  type        = string
}

variable "user_pool_id" {
  description = "The user pool."
  type        = string
}

variable "client_id" {
  description = "The app client. It must have a secret."
  type        = string
}

variable "vpc_id" {
  description = "The VPC of load balancer and replicas."
  type        = string
}

variable "public_subnets" {
  description = "Subnets of the load balancer, by id, each with its network: { subnet-1 = \"10.0.0.0/24\" }. The service trusts only these networks as proxies."
  type        = map(string)
}

variable "private_subnet_ids" {
  description = "Subnets of the replicas. They need a route to Cognito and Secrets Manager (NAT or VPC endpoints)."
  type        = list(string)
}

variable "certificate_arn" {
  description = "Certificate of the load balancer."
  type        = string
}

variable "replicas" {
  description = "Minimum and maximum number of replicas."
  type        = object({ min = number, max = number })
  default     = { min = 3, max = 6 }
}

variable "redis_url" {
  description = "The shared store of rate limits, such as rediss://HOST:6379."
  type        = string
}

variable "settings" {
  description = "Further settings by variable, such as { VESTIBULE__REGISTRATION__USERNAME = \"email\" }."
  type        = map(string)
  default     = {}
}

variable "registration_page" {
  description = "Path of the page with the form, on the domain of this load balancer. Account creation fraud prevention needs it. Not set: that rule is off."
  type        = string
  default     = ""
}

variable "alarm_topic_arn" {
  description = "SNS topic of the alarms. Not set: the alarms send nothing."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Retention of the log. It contains truncated client addresses."
  type        = number
  default     = 30
}
