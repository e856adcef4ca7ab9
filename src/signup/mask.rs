//! Recipients, masked as Cognito masks them.

/// Masks an email address: `a***@e***`.
pub(super) fn email(address: &str) -> String {
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    match address.rsplit_once('@') {
        Some((local_part, domain)) => format!("{}***@{}***", first(local_part), first(domain)),
        None => "***".to_owned(),
    }
}

/// Masks a phone number: `+*******0100`.
pub(super) fn phone_number(number: &str) -> String {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let hidden = digits.len().saturating_sub(4);
    let shown = digits.get(hidden..).unwrap_or_default();
    format!("+{}{shown}", "*".repeat(hidden))
}

#[cfg(test)]
mod tests {
    #[test]
    fn masks_recipients_as_cognito_does() {
        assert_eq!(super::email("ada@example.com"), "a***@e***");
        assert_eq!(super::phone_number("+14155550100"), "+*******0100");
    }
}
