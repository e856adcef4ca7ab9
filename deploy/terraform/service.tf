# ../ecs/task-definition.json has the container: its user, health check, ports and limits.
locals {
  example   = jsondecode(file("${path.module}/../ecs/task-definition.json"))
  container = local.example.containerDefinitions[0]
  secrets   = { for name, secret in aws_secretsmanager_secret.this : name => secret.arn }

  environment = merge({
    VESTIBULE__ADMIN__HOST                = "0.0.0.0"
    VESTIBULE__SERVER__TRUSTED_PROXIES    = join(",", values(var.public_subnets))
    VESTIBULE__COGNITO__REGION            = var.region
    VESTIBULE__COGNITO__USER_POOL_ID      = var.user_pool_id
    VESTIBULE__COGNITO__CLIENT_ID         = var.client_id
    VESTIBULE__COGNITO__CLIENT_SECRET_ARN = local.secrets["client_secret"]
    VESTIBULE__LIMITS__STORE              = var.redis_url
    VESTIBULE__LIMITS__REPLICAS           = tostring(var.replicas.max)
  }, var.settings)
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_ecs_cluster" "this" {
  name = var.name
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = local.example.requiresCompatibilities
  network_mode             = local.example.networkMode
  cpu                      = local.example.cpu
  memory                   = local.example.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  container_definitions = jsonencode([merge(local.container, {
    image       = var.image
    environment = [for name, value in local.environment : { name = name, value = value }]
    secrets = [
      { name = "VESTIBULE__DATABASE__URL", valueFrom = local.secrets["database_url"] },
      { name = "VESTIBULE__DATABASE__KEY", valueFrom = local.secrets["database_key"] },
    ]
    logConfiguration = merge(local.container.logConfiguration, {
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "replica"
      }
    })
  })])
}

resource "aws_ecs_service" "this" {
  name                              = var.name
  cluster                           = aws_ecs_cluster.this.id
  task_definition                   = aws_ecs_task_definition.this.arn
  launch_type                       = "FARGATE"
  desired_count                     = var.replicas.min
  health_check_grace_period_seconds = 60

  # A new version starts beside the old one. ECS rolls a failed one back. Replicas migrate the tables
  # at start, one after the other.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets         = var.private_subnet_ids
    security_groups = [aws_security_group.replicas.id]
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = local.container.name
    container_port   = 8080
  }

  lifecycle {
    # Autoscaling changes it.
    ignore_changes = [desired_count]
  }

  depends_on = [aws_lb_listener.https]
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this.name}"
  min_capacity       = var.replicas.min
  max_capacity       = var.replicas.max
}

resource "aws_appautoscaling_policy" "this" {
  name               = var.name
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  target_tracking_scaling_policy_configuration {
    target_value = 70
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

# Log lines with "alarm":true need an operator: docs/monitoring.md#alerts.
resource "aws_cloudwatch_log_metric_filter" "alarm" {
  name           = "${var.name}-alarm"
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = "{ $.alarm IS TRUE }"

  metric_transformation {
    name          = "Alarms"
    namespace     = var.name
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  alarm_name          = "${var.name}-alarm"
  alarm_description   = "A log line of Vestibule needs an operator."
  namespace           = var.name
  metric_name         = "Alarms"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == null ? [] : [var.alarm_topic_arn]
}
