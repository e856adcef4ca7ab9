# Three secrets without values, so that no value is in the state. Set each one once:
#   aws secretsmanager put-secret-value --secret-id vestibule/database_key \
#     --secret-string "$(openssl rand -base64 32)"
resource "aws_secretsmanager_secret" "this" {
  for_each                = toset(["client_secret", "database_url", "database_key"])
  name                    = "${var.name}/${each.key}"
  recovery_window_in_days = 30
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

# The role of the service: it reads the client secret, and nothing else. Sign-ups, confirms and
# resends need no permission.
resource "aws_iam_role" "task" {
  name               = "${var.name}-task"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "client_secret" {
  name = "client-secret"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = aws_secretsmanager_secret.this["client_secret"].arn
    }]
  })
}

# The role of ECS: it pulls the image, writes the log, and passes the other two secrets on.
resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "start_secrets" {
  name = "start-secrets"
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "secretsmanager:GetSecretValue"
      Resource = [
        aws_secretsmanager_secret.this["database_url"].arn,
        aws_secretsmanager_secret.this["database_key"].arn,
      ]
    }]
  })
}
