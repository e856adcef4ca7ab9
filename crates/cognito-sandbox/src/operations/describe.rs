//! `DescribeUserPool` and `DescribeUserPoolClient`.

use std::time::UNIX_EPOCH;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{attributes, authorization::unknown_client};
use crate::{
    protocol::{call::Call, response::Exception},
    settings::{PoolSettings, SignIn},
    state::pool_state::PoolState,
};

/// The name of the app client of the settings.
pub(crate) const CLIENT_NAME: &str = "vestibule-sandbox";

pub(crate) fn user_pool(settings: &PoolSettings, call: &Call) -> Result<Value, Exception> {
    check_pool(settings, call)?;
    let id = &settings.user_pool_id;
    let region = id.split('_').next().unwrap_or_default();
    let policy = &settings.password_policy;
    let factors = if settings.passwordless {
        json!(["PASSWORD", "EMAIL_OTP", "SMS_OTP"])
    } else {
        json!(["PASSWORD"])
    };
    let triggers = if settings.auto_confirm {
        json!({"PreSignUp": format!("arn:aws:lambda:{region}:000000000000:function:auto-confirm")})
    } else {
        json!({})
    };
    let mut pool = json!({
        "Id": id,
        "Name": "Vestibule sandbox",
        "Arn": format!("arn:aws:cognito-idp:{region}:000000000000:userpool/{id}"),
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": policy.min_length,
                "RequireUppercase": policy.require_uppercase,
                "RequireLowercase": policy.require_lowercase,
                "RequireNumbers": policy.require_number,
                "RequireSymbols": policy.require_symbol,
                "TemporaryPasswordValidityDays": 7,
            },
            "SignInPolicy": {"AllowedFirstAuthFactors": factors},
        },
        "AutoVerifiedAttributes": settings.sign_in.verified_attributes(),
        "UsernameConfiguration": {"CaseSensitive": false},
        "SchemaAttributes": schema(settings.sign_in),
        "LambdaConfig": triggers,
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false},
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "MfaConfiguration": "OFF",
        "DeletionProtection": "INACTIVE",
        "UserPoolTier": "ESSENTIALS",
        "CreationDate": now(),
        "LastModifiedDate": now(),
    });
    if let Some(attribute) = settings.sign_in.username_attribute() {
        pool["UsernameAttributes"] = json!([attribute]);
    }
    if settings.sign_in.verified_attributes().contains(&"phone_number") {
        pool["SmsConfiguration"] = json!({
            "SnsCallerArn": "arn:aws:iam::000000000000:role/sandbox-sms",
            "ExternalId": "sandbox",
            "SnsRegion": region,
        });
    }
    if settings.sign_in == SignIn::Alias {
        pool["AliasAttributes"] = json!(["email", "phone_number"]);
    }
    Ok(json!({"UserPool": pool}))
}

/// Describes an app client, with the oldest of its secrets.
pub(crate) fn user_pool_client(state: &PoolState, call: &Call) -> Result<Value, Exception> {
    let settings = state.settings();
    check_pool(settings, call)?;
    let (id, name, secret) = if call.client_id() == settings.client_id {
        (
            settings.client_id.clone(),
            CLIENT_NAME.to_owned(),
            state.client_secrets().first().cloned(),
        )
    } else {
        let other = state.other_client(call.client_id());
        let other = other.ok_or_else(|| unknown_client(call.client_id()))?;
        (other.id, other.name, other.secret)
    };
    let mut flows = vec!["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    if settings.user_auth {
        flows.push("ALLOW_USER_AUTH");
    }
    let mut client = json!({
        "UserPoolId": settings.user_pool_id,
        "ClientId": id,
        "ClientName": name,
        "ExplicitAuthFlows": flows,
        "AuthSessionValidity": 3,
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": true,
        "EnablePropagateAdditionalUserContextData": false,
        "AllowedOAuthFlowsUserPoolClient": false,
        "RefreshTokenValidity": 30,
        "CreationDate": now(),
        "LastModifiedDate": now(),
    });
    if let Some(secret) = secret {
        client["ClientSecret"] = Value::String(secret.expose_secret().to_owned());
    }
    Ok(json!({"UserPoolClient": client}))
}

pub(crate) fn check_pool(settings: &PoolSettings, call: &Call) -> Result<(), Exception> {
    let asked = call.user_pool_id.as_deref().unwrap_or_default();
    if asked == settings.user_pool_id {
        return Ok(());
    }
    Err(Exception::new("ResourceNotFoundException", format!("User pool {asked} does not exist.")))
}

/// Returns the standard attributes, the read-only attributes, and one custom attribute as an
/// example.
fn schema(sign_in: SignIn) -> Vec<Value> {
    let own = sign_in.username_attribute();
    let mut schema = vec![json!({
        "Name": "sub", "AttributeDataType": "String", "Mutable": false, "Required": true,
        "DeveloperOnlyAttribute": false,
        "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "2048"},
    })];
    for name in attributes::STANDARD {
        let mut attribute = json!({
            "Name": name, "Mutable": true, "Required": own == Some(name), "DeveloperOnlyAttribute": false,
        });
        if name == "updated_at" {
            attribute["AttributeDataType"] = json!("Number");
            attribute["NumberAttributeConstraints"] = json!({"MinValue": "0"});
        } else {
            let (least, most) = if name == "birthdate" { ("10", "10") } else { ("0", "2048") };
            attribute["AttributeDataType"] = json!("String");
            attribute["StringAttributeConstraints"] =
                json!({"MinLength": least, "MaxLength": most});
        }
        schema.push(attribute);
    }
    for name in ["email_verified", "phone_number_verified"] {
        schema.push(json!({
            "Name": name, "AttributeDataType": "Boolean", "Mutable": true, "Required": false,
            "DeveloperOnlyAttribute": false,
        }));
    }
    schema.push(json!({
        "Name": "custom:plan", "AttributeDataType": "String", "Mutable": true, "Required": false,
        "DeveloperOnlyAttribute": false,
        "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"},
    }));
    schema
}

/// Returns the seconds since 1970, as AWS JSON writes a time.
pub(crate) fn now() -> u64 {
    UNIX_EPOCH.elapsed().map(|since| since.as_secs()).unwrap_or_default()
}
