//! Mistakes in a form that Cognito found.

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// `username`.
    Username,
    /// `email`.
    Email,
    /// `phone_number`.
    PhoneNumber,
    /// `password`.
    Password,
    /// One of `attributes`.
    Attribute(String),
    /// `code`.
    Code,
    /// `session`.
    Session,
}

/// What Cognito found wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMistake {
    /// The field.
    pub field: Field,
    /// The mistake.
    pub mistake: Mistake,
}

/// A mistake that Cognito's texts tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Mistake {
    Required,
    TooShort,
    NeedsUppercase,
    NeedsLowercase,
    NeedsNumber,
    NeedsSymbol,
    WeakPassword,
    InvalidEmail,
    InvalidPhoneNumber,
    LooksLikeEmail,
    InvalidValue,
}

/// One mistake in one field.
pub(in crate::cognito) fn invalid(field: Field, mistake: Mistake) -> Vec<FieldMistake> {
    vec![FieldMistake { field, mistake }]
}
