resource "aws_wafv2_web_acl" "this" {
  name  = var.name
  scope = "REGIONAL"

  default_action {
    allow {}
  }

  # Addresses that AWS knows as sources of attacks.
  rule {
    name     = "ip-reputation"
    priority = 1
    override_action {
      none {}
    }
    statement {
      managed_rule_group_statement {
        vendor_name = "AWS"
        name        = "AWSManagedRulesAmazonIpReputationList"
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-ip-reputation"
      sampled_requests_enabled   = false
    }
  }

  # Account creation fraud prevention. It inspects POST /register by the JSON pointers of the form
  # (docs/api.md). It only counts at first: read its labels, then use `none {}`. The page with the form
  # must be on the same domain and load the challenge script of AWS WAF.
  dynamic "rule" {
    for_each = var.registration_page == "" ? [] : [var.registration_page]
    content {
      name     = "account-creation-fraud"
      priority = 2
      override_action {
        count {}
      }
      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = "AWSManagedRulesACFPRuleSet"
          managed_rule_group_configs {
            aws_managed_rules_acfp_rule_set {
              # Without regular expressions, the path would also match confirms and resends.
              creation_path          = "^/register$"
              registration_page_path = "^${rule.value}$"
              enable_regex_in_path   = true
              request_inspection {
                payload_type = "JSON"
                # In the modes "chosen" and "phone", it is /username or /phone_number.
                username_field {
                  identifier = "/email"
                }
                password_field {
                  identifier = "/password"
                }
                email_field {
                  identifier = "/email"
                }
                phone_number_fields {
                  identifiers = ["/phone_number"]
                }
              }
            }
          }
        }
      }
      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = "${var.name}-account-creation-fraud"
        # Sampled requests could contain personal data.
        sampled_requests_enabled = false
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  resource_arn = aws_lb.this.arn
  web_acl_arn  = aws_wafv2_web_acl.this.arn
}
