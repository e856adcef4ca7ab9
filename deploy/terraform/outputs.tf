output "load_balancer_dns_name" {
  description = "The target of the DNS record."
  value       = aws_lb.this.dns_name
}

output "replica_security_group_id" {
  description = "Allow this group in those of PostgreSQL and Redis."
  value       = aws_security_group.replicas.id
}

output "secret_arns" {
  description = "The secrets, whose values you set."
  value       = local.secrets
}

output "task_role_name" {
  description = "Attach the policies of ../iam for the doctor or other commands."
  value       = aws_iam_role.task.name
}
