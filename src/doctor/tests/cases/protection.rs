use serde_json::{Value, json};

use super::{Case, FindingCode};

const ADDRESS: &[(&str, &str)] = &[("COGNITO__SEND_IP_ADDRESS", "true")];
const DEVICE: &[(&str, &str)] = &[("COGNITO__DEVICE_DATA_FROM_HEADERS", "true")];
const BOTH: &[(&str, &str)] =
    &[("COGNITO__SEND_IP_ADDRESS", "true"), ("COGNITO__DEVICE_DATA_FROM_HEADERS", "true")];

pub(super) fn cases() -> Vec<Case> {
    [propagation(), protection()].into_iter().flatten().collect()
}

fn propagation() -> Vec<Case> {
    let case = |code, what, settings, on: Value| {
        Case::new(code, what)
            .settings(settings)
            .client(json!({"EnablePropagateAdditionalUserContextData": on}))
    };
    vec![
        case(FindingCode::ContextNotPropagated, "both on", ADDRESS, json!(true)),
        case(FindingCode::ContextNotPropagated, "sent, ignored", ADDRESS, json!(false))
            .says("--enable-propagate-additional-user-context-data"),
        case(FindingCode::ContextNotPropagated, "sent, not set", ADDRESS, Value::Null)
            .says("ignores the addresses"),
        case(FindingCode::ContextNotPropagated, "both off", &[], json!(false)),
        case(FindingCode::IpAddressNotSent, "both on", ADDRESS, json!(true)),
        case(FindingCode::IpAddressNotSent, "accepted, not sent", &[], json!(true))
            .says("cognito.send_ip_address = true"),
        case(FindingCode::IpAddressNotSent, "both off", &[], json!(false)),
    ]
}

fn protection() -> Vec<Case> {
    let case = |code, what, settings, tier: Value, mode: Value| {
        let add_ons =
            if mode.is_null() { Value::Null } else { json!({"AdvancedSecurityMode": mode}) };
        Case::new(code, what)
            .settings(settings)
            .pool(json!({"UserPoolTier": tier, "UserPoolAddOns": add_ons}))
    };
    let plus = || json!("PLUS");
    vec![
        case(FindingCode::ThreatProtectionOff, "enforced", ADDRESS, plus(), json!("ENFORCED")),
        case(FindingCode::ThreatProtectionOff, "off", ADDRESS, plus(), json!("OFF"))
            .says(r#"--user-pool-add-ons '{"AdvancedSecurityMode":"ENFORCED"}'"#),
        Case::new(FindingCode::ThreatProtectionOff, "off, but for sign-in by triggers")
            .settings(ADDRESS)
            .pool(json!({"UserPoolTier": "PLUS", "UserPoolAddOns": {
                "AdvancedSecurityMode": "OFF",
                "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"}
            }}))
            .says(r#""AdvancedSecurityAdditionalFlows":{"CustomAuthMode":"AUDIT"}"#),
        case(FindingCode::ThreatProtectionOff, "not set", DEVICE, plus(), Value::Null)
            .says("cognito.device_data_from_headers is on"),
        case(
            FindingCode::ThreatProtectionOff,
            "a pool without a plan",
            BOTH,
            Value::Null,
            json!("OFF"),
        )
        .says("cognito.send_ip_address and cognito.device_data_from_headers are on"),
        case(FindingCode::ThreatProtectionOff, "nothing is sent", &[], plus(), json!("OFF")),
        case(FindingCode::ThreatProtectionAudit, "enforced", ADDRESS, plus(), json!("ENFORCED")),
        case(FindingCode::ThreatProtectionAudit, "audit", ADDRESS, plus(), json!("AUDIT"))
            .says("blocks nothing"),
        case(
            FindingCode::ThreatProtectionAudit,
            "audit, and nothing is sent",
            &[],
            plus(),
            json!("AUDIT"),
        ),
        case(FindingCode::ThreatProtectionPlan, "plus", ADDRESS, plus(), json!("ENFORCED")),
        case(
            FindingCode::ThreatProtectionPlan,
            "essentials",
            ADDRESS,
            json!("ESSENTIALS"),
            Value::Null,
        )
        .says("--user-pool-tier PLUS"),
        case(FindingCode::ThreatProtectionPlan, "lite", DEVICE, json!("LITE"), json!("OFF"))
            .says("the plan LITE"),
        case(
            FindingCode::ThreatProtectionPlan,
            "lite, and threat protection is on",
            DEVICE,
            json!("LITE"),
            json!("AUDIT"),
        ),
        case(
            FindingCode::ThreatProtectionAudit,
            "audit on the plan LITE",
            DEVICE,
            json!("LITE"),
            json!("AUDIT"),
        )
        .says("blocks nothing"),
        case(
            FindingCode::ThreatProtectionPlan,
            "essentials, and nothing is sent",
            &[],
            json!("ESSENTIALS"),
            Value::Null,
        ),
    ]
}
