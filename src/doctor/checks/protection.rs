//! Threat protection, and the data about clients.

use aws_sdk_cognitoidentityprovider::types::{
    AdvancedSecurityModeType, UserPoolAddOnsType, UserPoolClientType, UserPoolTierType,
    UserPoolType,
};

use serde_json::json;

use super::{
    Examination, KEEPS_SECTION,
    sections::{Change, add_ons},
};
use crate::doctor::FindingCode;

impl Examination<'_> {
    pub(super) fn propagation(&mut self, client: &UserPoolClientType) {
        let is_propagated = client.enable_propagate_additional_user_context_data() == Some(true);
        match (self.config.cognito.send_ip_address, is_propagated) {
            (true, false) => self.add(
                FindingCode::ContextNotPropagated,
                "cognito.send_ip_address is on, but EnablePropagateAdditionalUserContextData of the app client is off. Cognito ignores the addresses of clients.",
                format!("Enable this setting of the app client, or disable cognito.send_ip_address. {KEEPS_SECTION}"),
                self.commands.update_client("--enable-propagate-additional-user-context-data"),
            ),
            (false, true) => self.add(
                FindingCode::IpAddressNotSent,
                "EnablePropagateAdditionalUserContextData of the app client is on, but cognito.send_ip_address is off. Threat protection sees the address of this service for every user.",
                "Set cognito.send_ip_address = true if your privacy notice allows it. The command shows the setting of the app client.",
                self.commands.show_client("UserPoolClient.EnablePropagateAdditionalUserContextData"),
            ),
            (true, true) | (false, false) => {}
        }
    }

    pub(super) fn threat_protection(&mut self, pool: &UserPoolType) {
        let cognito = &self.config.cognito;
        let sent = match (cognito.send_ip_address, cognito.device_data_from_headers) {
            (true, true) => "cognito.send_ip_address and cognito.device_data_from_headers are on",
            (true, false) => "cognito.send_ip_address is on",
            (false, true) => "cognito.device_data_from_headers is on",
            (false, false) => return,
        };
        let mode = pool.user_pool_add_ons().map(UserPoolAddOnsType::advanced_security_mode);
        let is_on = matches!(
            mode,
            Some(AdvancedSecurityModeType::Enforced | AdvancedSecurityModeType::Audit)
        );
        // Older pools can have threat protection in plans that no longer include it.
        if let Some(tier @ (UserPoolTierType::Lite | UserPoolTierType::Essentials)) =
            pool.user_pool_tier().filter(|_| !is_on)
        {
            self.add(
                FindingCode::ThreatProtectionPlan,
                format!("{sent}, but the plan {tier} of the pool has no threat protection. Cognito does not evaluate the data."),
                format!("Disable the setting, or change the plan to PLUS, which costs more. {KEEPS_SECTION}"),
                self.commands.update_pool("--user-pool-tier PLUS"),
            );
            return;
        }
        let (remark, command) = self.change_pool(&Change {
            argument: "--user-pool-add-ons",
            section: add_ons(pool.user_pool_add_ons(), json!({"AdvancedSecurityMode": "ENFORCED"})),
            alone: "AdvancedSecurityMode=ENFORCED".to_owned(),
        });
        match mode {
            Some(AdvancedSecurityModeType::Enforced) => {}
            Some(AdvancedSecurityModeType::Audit) => self.add(
                FindingCode::ThreatProtectionAudit,
                format!("{sent}, and threat protection of the pool is in the mode AUDIT. This mode records risks and blocks nothing."),
                format!("Change the mode to ENFORCED. {remark}"),
                command,
            ),
            _ => self.add(
                FindingCode::ThreatProtectionOff,
                format!("{sent}, but threat protection of the pool is off. Cognito does not evaluate the data."),
                format!("Disable the setting, or enable threat protection. {remark}"),
                command,
            ),
        }
    }
}
