/// The severity of a finding, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Information.
    Note,
    /// Sign-ups work, but with a lower success rate or less security.
    Warning,
    /// Sign-ups fail, or clients can bypass the service.
    Error,
}

impl Severity {
    /// Returns the name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A defect of the settings or the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The finding code. `docs/doctor.md` has a section with its name.
    pub code: FindingCode,
    /// The defect and its effect.
    pub sentence: String,
    /// The remedy.
    pub remedy: String,
    /// The command that fixes the pool, or shows the values for the settings.
    pub command: String,
}

impl FindingCode {
    /// Returns the link to the documentation.
    #[must_use]
    pub fn link(self) -> String {
        format!("docs/doctor.md#{}", self.name())
    }
}

macro_rules! codes {
    ($($code:ident, $name:literal, $severity:ident, $meaning:literal;)*) => {
        /// A finding code. The names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FindingCode {
            $(#[doc = $meaning] $code,)*
        }

        impl FindingCode {
            /// All finding codes in the order of reports.
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$code),*];

            /// Returns the name in reports and in `docs/doctor.md`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// Returns the severity.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    PoolNotFound, "pool-not-found", Error, "The user pool does not exist.";
    ClientNotFound, "client-not-found", Error, "The app client does not exist.";
    AdminOnly, "admin-only", Error, "Only administrators can create accounts in the pool.";
    ClientWithoutSecret, "client-without-secret", Error, "The app client has no secret.";
    SecretRejected, "secret-rejected", Error, "The pool rejects the configured client secret.";
    PublicClient, "public-client", Error, "A public app client of the same pool bypasses the service.";
    UsernameMode, "username-mode", Error, "The pool does not accept the configured kind of user names.";
    UsernameWithoutAlias, "username-without-alias", Error, "Generated user names need an alias for sign-in.";
    PasswordRequired, "password-required", Error, "The pool requires a password, and the settings do not.";
    PasswordStricter, "password-stricter", Error, "The pool's password policy is stricter than the settings.";
    AttributeRequired, "attribute-required", Error, "The pool requires an attribute that the form does not always send.";
    AttributeUnknown, "attribute-unknown", Error, "The form sends an attribute that is not in the pool's schema.";
    AttributeNotWritable, "attribute-not-writable", Error, "The form sends an attribute that the app client cannot write.";
    AliasAtSignUp, "alias-at-sign-up", Error, "The form sends an alias that only confirmed accounts can have.";
    CodesNotSent, "codes-not-sent", Error, "The pool sends no codes to the recipients of the form.";
    CodeByLink, "code-by-link", Error, "The pool sends links instead of codes.";
    SmsRoleMissing, "sms-role-missing", Error, "The pool cannot send SMS.";
    SmsNotWorking, "sms-not-working", Error, "The pool reports that it cannot deliver SMS.";
    SecretDiffers, "secret-differs", Warning, "The configured client secret is not the secret that AWS returned.";
    SecretPrimaryStale, "secret-primary-stale", Warning, "The pool accepts only the secondary client secret.";
    SecretSecondaryStale, "secret-secondary-stale", Warning, "The pool rejects the secondary client secret.";
    CodesNotSentBehindTrigger, "codes-not-sent-behind-trigger", Warning, "The pool sends no codes, but a trigger may confirm accounts.";
    PublicClientBehindTrigger, "public-client-behind-trigger", Warning, "A trigger may stop sign-ups by a public app client.";
    UsernameOnlyAName, "username-only-a-name", Warning, "The pool treats the email address or phone number as a plain user name.";
    CaseSensitive, "case-sensitive", Warning, "User names in the pool are case-sensitive.";
    PasswordLooser, "password-looser", Warning, "The pool's password policy is weaker than the settings.";
    AttributeLimits, "attribute-limits", Warning, "The form accepts values that the pool's schema rejects.";
    CodesNotSentToAll, "codes-not-sent-to-all", Warning, "The form does not require a recipient for codes.";
    BudgetAboveQuota, "budget-above-quota", Warning, "The budget for calls to Cognito exceeds its quota.";
    EmailDailyLimit, "email-daily-limit", Warning, "Cognito sends the codes itself, at most 50 emails a day.";
    CodeLifetime, "code-lifetime", Warning, "The message states another lifetime of the code than 24 hours.";
    UserExistenceErrors, "user-existence-errors", Warning, "The app client discloses which accounts exist.";
    UserAuthNotAllowed, "user-auth-not-allowed", Warning, "The app client returns no sessions.";
    ContextNotPropagated, "context-not-propagated", Warning, "Cognito ignores the client's address.";
    ThreatProtectionOff, "threat-protection-off", Warning, "The pool does not evaluate the data about clients.";
    ThreatProtectionPlan, "threat-protection-plan", Warning, "The pool's plan has no threat protection.";
    PublicClientBehindSignature, "public-client-behind-signature", Note, "A signature can stop sign-ups by a public app client.";
    CodesNotSentToAllBehindTrigger, "codes-not-sent-to-all-behind-trigger", Note, "The form does not require a recipient for codes, but a trigger may confirm accounts.";
    ThreatProtectionAudit, "threat-protection-audit", Note, "Threat protection records risks and blocks nothing.";
    IpAddressNotSent, "ip-address-not-sent", Note, "The app client accepts the client's address, and the service does not send it.";
    AttributeWriteUnclear, "attribute-write-unclear", Note, "The app client has no list of writable custom attributes.";
    TriggerPreSignUp, "trigger-pre-sign-up", Note, "A trigger may reject or confirm sign-ups.";
    TriggerCustomMessage, "trigger-custom-message", Note, "A trigger writes the messages.";
    TriggerPostConfirmation, "trigger-post-confirmation", Note, "A trigger runs after confirmations.";
    TriggerCustomSender, "trigger-custom-sender", Note, "A trigger sends the codes.";
    NotChecked, "not-checked", Note, "The doctor could not check a part of the pool.";
}
