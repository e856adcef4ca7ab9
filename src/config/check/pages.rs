//! The sign-up page, and the addresses that it loads or links to.

use url::Url;

use super::endpoint::is_loopback;
use crate::config::{
    sections::bot_check::{BotCheckProvider, SiteverifyProvider},
    settings::Config,
};

pub(super) fn check(config: &Config, errors: &mut Vec<String>) {
    let Config { pages, links, registration, .. } = config;
    let of_consents = registration.consents.iter().map(|(name, consent)| {
        (format!("registration.consents.{name}.url"), consent.url.as_deref())
    });
    let addresses = [
        ("pages.logo", &pages.logo),
        ("pages.stylesheet", &pages.stylesheet),
        ("links.sign_in", &links.sign_in),
        ("links.reset", &links.reset),
        ("links.terms", &links.terms),
        ("links.privacy", &links.privacy),
    ];
    let addresses = addresses.map(|(setting, address)| (setting.to_owned(), address.as_deref()));
    for (setting, address) in addresses.into_iter().chain(of_consents) {
        if let Some(address) = address
            && let Err(reason) = check_address(address)
        {
            errors.push(format!("{setting}: `{address}` {reason}"));
        }
    }
    let siteverify = &config.bot_check.siteverify;
    let has_widget = config.bot_check.provider == BotCheckProvider::Siteverify;
    if pages.sign_up && has_widget && siteverify.site_key.is_none() {
        errors.push("bot_check.siteverify.site_key is not set, and pages.sign_up is true: the sign-up page shows the widget with this key. Set the key, or set pages.sign_up = false.".to_owned());
    }
    let is_recaptcha = siteverify.provider == SiteverifyProvider::Recaptcha;
    let has_score = !is_recaptcha || siteverify.action.is_some();
    if pages.sign_up && has_widget && siteverify.min_score > 0.0 && !has_score {
        errors.push("bot_check.siteverify.min_score is set without an action, and pages.sign_up is true: the sign-up page then shows the box of reCAPTCHA v2, whose proofs have no score. Set bot_check.siteverify.action, or set pages.sign_up = false.".to_owned());
    }
}

/// Accepts an https URL, an http URL on loopback, or a path. Another scheme can run a script. A
/// quote or a space can end an attribute or a header.
fn check_address(address: &str) -> Result<(), &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'`<>\\".contains(&byte);
    if !address.bytes().all(is_plain) {
        return Err(
            "has a space, a quote, a bracket, a backslash or a character that is not ASCII. Percent-encode it.",
        );
    }
    if address.starts_with("//") {
        return Err(
            "begins with two slashes, and therefore names another host. Begin with https://.",
        );
    }
    if address.starts_with('/') {
        return Ok(());
    }
    let url = Url::parse(address).ok();
    let url = url.filter(|_| address.starts_with("https://") || address.starts_with("http://"));
    let Some((url, host)) = url.as_ref().and_then(|url| Some((url, url.host_str()?))) else {
        return Err("must be an https URL or a path that begins with one slash");
    };
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte)) {
        return Err("has no valid host. Correct the host.");
    }
    if url.scheme() == "http" && !is_loopback(host) {
        return Err("is not encrypted in transit. Use https, or a host on loopback.");
    }
    Ok(())
}
