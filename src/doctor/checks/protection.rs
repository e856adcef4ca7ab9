//! Threat protection, and what is sent about callers.

use aws_sdk_cognitoidentityprovider::types::{
    AdvancedSecurityModeType, UserPoolAddOnsType, UserPoolClientType, UserPoolTierType,
    UserPoolType,
};

use serde_json::json;

use super::{
    Checkup, WITH_ALL_SECTIONS,
    sections::{Change, add_ons},
};
use crate::doctor::Code;

impl Checkup<'_> {
    pub(super) fn propagation(&mut self, client: &UserPoolClientType) {
        let is_propagated = client.enable_propagate_additional_user_context_data() == Some(true);
        match (self.config.cognito.send_ip_address, is_propagated) {
            (true, false) => self.find(
                Code::ContextNotPropagated,
                "cognito.send_ip_address is on, but EnablePropagateAdditionalUserContextData of the app client is off: callers' addresses count for nothing.",
                format!("Switch it on, or cognito.send_ip_address off. {WITH_ALL_SECTIONS}"),
                self.commands.update_client("--enable-propagate-additional-user-context-data"),
            ),
            (false, true) => self.find(
                Code::IpAddressNotSent,
                "EnablePropagateAdditionalUserContextData of the app client is on, but cognito.send_ip_address is off: threat protection takes this service's address for everybody's.",
                "Set cognito.send_ip_address = true where your privacy notice allows it; the line shows the client's switch.",
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
        // What is switched on says more than the plan: older pools may have what a new one of the
        // same plan has not.
        if let Some(tier @ (UserPoolTierType::Lite | UserPoolTierType::Essentials)) =
            pool.user_pool_tier().filter(|_| !is_on)
        {
            self.find(
                Code::ThreatProtectionPlan,
                format!("{sent}, but the pool is on the plan {tier}, which has no threat protection: nobody looks at what is sent."),
                format!("Switch what is sent off, or the pool to the plan PLUS, which costs more. {WITH_ALL_SECTIONS}"),
                self.commands.update_pool("--user-pool-tier PLUS"),
            );
            return;
        }
        let (with, command) = self.change_pool(&Change {
            argument: "--user-pool-add-ons",
            section: add_ons(pool.user_pool_add_ons(), json!({"AdvancedSecurityMode": "ENFORCED"})),
            alone: "AdvancedSecurityMode=ENFORCED".to_owned(),
        });
        match mode {
            Some(AdvancedSecurityModeType::Enforced) => {}
            Some(AdvancedSecurityModeType::Audit) => self.find(
                Code::ThreatProtectionAudit,
                format!("{sent}, and threat protection of the pool is in the mode AUDIT: it writes down what it sees, and stops nobody."),
                format!("Let it act. {with}"),
                command,
            ),
            _ => self.find(
                Code::ThreatProtectionOff,
                format!("{sent}, but threat protection of the pool is off: nobody looks at what is sent."),
                format!("Switch what is sent off, or threat protection on. {with}"),
                command,
            ),
        }
    }
}
