use serde_json::{Value, json};

use super::{Case, Code};

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
        case(Code::ContextNotPropagated, "both on", ADDRESS, json!(true)),
        case(Code::ContextNotPropagated, "sent, not taken", ADDRESS, json!(false))
            .says("--enable-propagate-additional-user-context-data"),
        case(Code::ContextNotPropagated, "sent, not told", ADDRESS, Value::Null)
            .says("count for nothing"),
        case(Code::ContextNotPropagated, "both off", &[], json!(false)),
        case(Code::IpAddressNotSent, "both on", ADDRESS, json!(true)),
        case(Code::IpAddressNotSent, "taken, not sent", &[], json!(true))
            .says("cognito.send_ip_address = true"),
        case(Code::IpAddressNotSent, "both off", &[], json!(false)),
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
        case(Code::ThreatProtectionOff, "enforced", ADDRESS, plus(), json!("ENFORCED")),
        case(Code::ThreatProtectionOff, "off", ADDRESS, plus(), json!("OFF"))
            .says(r#"--user-pool-add-ons '{"AdvancedSecurityMode":"ENFORCED"}'"#),
        Case::new(Code::ThreatProtectionOff, "off, but for sign-in by triggers")
            .settings(ADDRESS)
            .pool(json!({"UserPoolTier": "PLUS", "UserPoolAddOns": {
                "AdvancedSecurityMode": "OFF",
                "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"}
            }}))
            .says(r#""AdvancedSecurityAdditionalFlows":{"CustomAuthMode":"AUDIT"}"#),
        case(Code::ThreatProtectionOff, "not told", DEVICE, plus(), Value::Null)
            .says("cognito.device_data_from_headers is on"),
        case(
            Code::ThreatProtectionOff,
            "a pool that tells no plan",
            BOTH,
            Value::Null,
            json!("OFF"),
        )
        .says("cognito.send_ip_address and cognito.device_data_from_headers are on"),
        case(Code::ThreatProtectionOff, "nothing is sent", &[], plus(), json!("OFF")),
        case(Code::ThreatProtectionAudit, "enforced", ADDRESS, plus(), json!("ENFORCED")),
        case(Code::ThreatProtectionAudit, "audit", ADDRESS, plus(), json!("AUDIT"))
            .says("stops nobody"),
        case(
            Code::ThreatProtectionAudit,
            "audit, and nothing is sent",
            &[],
            plus(),
            json!("AUDIT"),
        ),
        case(Code::ThreatProtectionPlan, "plus", ADDRESS, plus(), json!("ENFORCED")),
        case(Code::ThreatProtectionPlan, "essentials", ADDRESS, json!("ESSENTIALS"), Value::Null)
            .says("--user-pool-tier PLUS"),
        case(Code::ThreatProtectionPlan, "lite", DEVICE, json!("LITE"), json!("OFF"))
            .says("the plan LITE"),
        case(
            Code::ThreatProtectionPlan,
            "lite, and it is on all the same",
            DEVICE,
            json!("LITE"),
            json!("AUDIT"),
        ),
        case(
            Code::ThreatProtectionAudit,
            "audit on the plan LITE",
            DEVICE,
            json!("LITE"),
            json!("AUDIT"),
        )
        .says("stops nobody"),
        case(
            Code::ThreatProtectionPlan,
            "essentials, and nothing is sent",
            &[],
            json!("ESSENTIALS"),
            Value::Null,
        ),
    ]
}
