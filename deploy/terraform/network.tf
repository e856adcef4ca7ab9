resource "aws_security_group" "load_balancer" {
  name   = "${var.name}-load-balancer"
  vpc_id = var.vpc_id
}

# Behind CloudFront, replace the two sources by the prefix list
# com.amazonaws.global.cloudfront.origin-facing: a client could otherwise forge its address.
resource "aws_vpc_security_group_ingress_rule" "https" {
  for_each          = { ipv4 = "0.0.0.0/0", ipv6 = "::/0" }
  security_group_id = aws_security_group.load_balancer.id
  cidr_ipv4         = each.key == "ipv4" ? each.value : null
  cidr_ipv6         = each.key == "ipv6" ? each.value : null
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# Requests on 8080, and health checks on 9090.
resource "aws_vpc_security_group_egress_rule" "to_replicas" {
  for_each                     = toset(["8080", "9090"])
  security_group_id            = aws_security_group.load_balancer.id
  referenced_security_group_id = aws_security_group.replicas.id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

# Allow this group in those of PostgreSQL and Redis, and Prometheus on port 9090 of this one.
resource "aws_security_group" "replicas" {
  name   = "${var.name}-replicas"
  vpc_id = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "from_load_balancer" {
  for_each                     = toset(["8080", "9090"])
  security_group_id            = aws_security_group.replicas.id
  referenced_security_group_id = aws_security_group.load_balancer.id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

# Cognito, Secrets Manager, PostgreSQL and Redis.
resource "aws_vpc_security_group_egress_rule" "replicas" {
  security_group_id = aws_security_group.replicas.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_lb" "this" {
  name               = var.name
  load_balancer_type = "application"
  security_groups    = [aws_security_group.load_balancer.id]
  subnets            = keys(var.public_subnets)
  # Longer than all timeouts of a request together.
  idle_timeout = 60
  # The load balancer appends the address of its peer to X-Forwarded-For.
  xff_header_processing_mode = "append"
  drop_invalid_header_fields = true
  enable_deletion_protection = true
}

resource "aws_lb_target_group" "this" {
  name        = var.name
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "HTTP"
  port        = 8080
  # Longer than server.shutdown_timeout (30 s).
  deregistration_delay = 35

  health_check {
    port                = 9090
    path                = "/health/ready"
    matcher             = "200"
    interval            = 5
    timeout             = 3
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTPS"
  port              = 443
  certificate_arn   = var.certificate_arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}
