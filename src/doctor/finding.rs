//! What the doctor finds: a code, how bad it is, a sentence, and the way to mend it.

/// How bad a finding is, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// It works, but not as well or as safely as it should.
    Warning,
    /// Sign-ups fail, or anyone goes round this service.
    Error,
}

impl Severity {
    /// As it stands in every report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something that does not fit between the settings and the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is; `docs/doctor.md` has a section of this name.
    pub code: Code,
    /// What is wrong, and what it does to people.
    pub sentence: String,
    /// How to mend it.
    pub remedy: String,
    /// The line to paste: it mends the pool, or shows what the settings must say.
    pub command: String,
}

impl Finding {
    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

impl Code {
    /// Where the documentation has more of it.
    #[must_use]
    pub fn link(self) -> String {
        format!("docs/doctor.md#{}", self.name())
    }
}

macro_rules! codes {
    ($($code:ident, $name:literal, $severity:ident, $meaning:literal;)*) => {
        /// Everything that the doctor can find. Names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $meaning] $code,)*
        }

        impl Code {
            /// All codes, in the order in which findings are reported.
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$code),*];

            /// As it stands in every report, and as a heading in `docs/doctor.md`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// How bad it is.
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
    AdminOnly, "admin-only", Error, "The pool lets administrators alone create accounts.";
    ClientWithoutSecret, "client-without-secret", Error, "The app client has no secret.";
    SecretRejected, "secret-rejected", Error, "The pool does not take the client secret of the settings.";
    PublicClient, "public-client", Error, "A public app client of the same pool goes round this service.";
    UsernameMode, "username-mode", Error, "The pool takes other user names than the settings send.";
    UsernameWithoutAlias, "username-without-alias", Error, "Generated user names need an alias that people can sign in with.";
    PasswordRequired, "password-required", Error, "The pool wants a password, and the settings do not.";
    PasswordStricter, "password-stricter", Error, "The pool's password policy is stricter than the settings.";
    AttributeRequired, "attribute-required", Error, "The pool requires an attribute that the form does not always send.";
    AttributeUnknown, "attribute-unknown", Error, "The form sends an attribute that the pool's schema lacks.";
    AttributeNotWritable, "attribute-not-writable", Error, "The form sends an attribute that the app client may not write.";
    CodesNotSent, "codes-not-sent", Error, "The pool sends no code to anything that the form has.";
    CodeByLink, "code-by-link", Error, "The pool mails a link in the place of a code.";
    SmsRoleMissing, "sms-role-missing", Error, "The pool has no way to send SMS.";
    SmsNotWorking, "sms-not-working", Error, "The pool says that its SMS do not go out.";
    SecretDiffers, "secret-differs", Warning, "The client secret of the settings is not the one that the pool shows.";
    SecretPrimaryStale, "secret-primary-stale", Warning, "The pool takes the secondary client secret alone.";
    SecretSecondaryStale, "secret-secondary-stale", Warning, "The pool does not take the secondary client secret.";
    CodesNotSentBehindTrigger, "codes-not-sent-behind-trigger", Warning, "Only a trigger can confirm accounts to which the pool sends no code.";
    PublicClientBehindTrigger, "public-client-behind-trigger", Warning, "Only a trigger can stop a public app client of the same pool.";
    UsernameOnlyAName, "username-only-a-name", Warning, "To the pool the address that people sign up with is a mere name.";
    CaseSensitive, "case-sensitive", Warning, "The pool tells capital letters from small ones in user names.";
    PasswordLooser, "password-looser", Warning, "The pool's password policy is looser than the settings.";
    CodesNotSentToAll, "codes-not-sent-to-all", Warning, "The form lets people sign up without anything that a code goes to.";
    BudgetAboveQuota, "budget-above-quota", Warning, "The budget for calls to Cognito is above its quota.";
    EmailDailyLimit, "email-daily-limit", Warning, "Codes go out through Cognito's own mailer, 50 a day.";
    CodeLifetime, "code-lifetime", Warning, "The message tells another lifetime of the code than the 24 hours it has.";
    UserExistenceErrors, "user-existence-errors", Warning, "The app client tells who has no account.";
    ContextNotPropagated, "context-not-propagated", Warning, "The app client does not take the caller's address.";
    ThreatProtectionOff, "threat-protection-off", Warning, "Nothing in the pool looks at what is sent about callers.";
    ThreatProtectionPlan, "threat-protection-plan", Warning, "The pool's plan has no threat protection.";
    PublicClientBehindSignature, "public-client-behind-signature", Note, "A signature can stop a public app client of the same pool.";
    CodesNotSentToAllBehindTrigger, "codes-not-sent-to-all-behind-trigger", Note, "Only a trigger can confirm those who leave out what a code goes to.";
    ThreatProtectionAudit, "threat-protection-audit", Note, "Threat protection watches and does not act.";
    IpAddressNotSent, "ip-address-not-sent", Note, "The app client takes the caller's address, and the settings do not send it.";
    AttributeWriteUnclear, "attribute-write-unclear", Note, "The app client does not name the custom attributes that it may write.";
    TriggerPreSignUp, "trigger-pre-sign-up", Note, "A trigger may refuse sign-ups, or confirm them.";
    TriggerCustomMessage, "trigger-custom-message", Note, "A trigger writes the messages.";
    TriggerPostConfirmation, "trigger-post-confirmation", Note, "A trigger runs after confirmations.";
    TriggerCustomSender, "trigger-custom-sender", Note, "A trigger sends the codes.";
    NotChecked, "not-checked", Note, "Something could not be looked at.";
}
