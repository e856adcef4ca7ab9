use url::Url;

use super::{etag::Cached, html::escape};
use crate::{
    config::{BotCheck, BotCheckProvider, Pages, SiteverifyProvider},
    http::texts::{Languages, Texts},
};

const PAGE: &str = include_str!("../../../pages/sign-up/index.html");

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The sign-up page in each language, and its files.
pub struct SignUpPages {
    pages: Vec<Cached>,
    files: [(&'static str, Cached); 3],
}

impl SignUpPages {
    /// Renders the page in each language.
    #[must_use]
    pub fn new(settings: &Pages, bot_check: &BotCheck, languages: &Languages) -> Self {
        let page = |texts: &Texts| {
            let html = render(settings, texts);
            Cached::new("text/html; charset=utf-8", html)
                .in_language(texts.language())
                .under(&security_policy(settings, bot_check))
        };
        let style = include_str!("../../../pages/sign-up/style.css");
        Self {
            pages: languages.all().map(page).collect(),
            files: [
                ("style.css", Cached::new("text/css; charset=utf-8", style)),
                (
                    "page.js",
                    Cached::new(JAVASCRIPT, include_str!("../../../pages/sign-up/dist/page.js")),
                ),
                (
                    "worker.js",
                    Cached::new(JAVASCRIPT, include_str!("../../../pages/sign-up/dist/worker.js")),
                ),
            ],
        }
    }

    /// Returns the page in the language with this number.
    pub(in crate::http) fn in_language(&self, number: usize) -> &Cached {
        &self.pages[number]
    }

    /// Returns the file with this name, or `None` if the page has no file with this name.
    pub(in crate::http) fn file(&self, name: &str) -> Option<&Cached> {
        self.files.iter().find(|(known, _)| *known == name).map(|(_, file)| file)
    }
}

fn render(settings: &Pages, texts: &Texts) -> String {
    let text = |id: &str| escape(&texts.get(id).unwrap_or_default());
    let logo = settings.logo.as_deref().map(escape);
    let stylesheet = settings.stylesheet.as_deref().map(escape);
    PAGE.replace("{language}", texts.language())
        .replace("{direction}", texts.direction())
        .replace("{title}", &text("page-title"))
        .replace("{failed}", &text("page-unexpected"))
        .replace("{no-script}", &text("page-no-script"))
        .replace(
            "{logo}",
            &logo.map_or_else(String::new, |url| format!("<img src=\"{url}\" alt=\"\">")),
        )
        .replace(
            "{stylesheet}",
            &stylesheet.map_or_else(String::new, |url| {
                format!("<link rel=\"stylesheet\" href=\"{url}\">\n")
            }),
        )
}

/// Returns the Content-Security-Policy. The policy allows the files of the page, requests to this
/// service, the logo, the style sheet, and the widget of the bot check.
fn security_policy(settings: &Pages, bot_check: &BotCheck) -> String {
    // Of the logo and the style sheet, the policy contains only the origins. A comma or a semicolon
    // in a path would end the directive. An address without a host is part of this service, and needs no origin.
    let origin = |address: &Option<String>| {
        let url = address.as_deref().and_then(|address| Url::parse(address).ok());
        url.map_or_else(String::new, |url| format!(" {}", url.origin().ascii_serialization()))
    };
    let (widget, frames) = match bot_check.provider {
        BotCheckProvider::Siteverify => {
            let sources = sources_of(bot_check.siteverify.provider);
            (sources, sources)
        }
        BotCheckProvider::None | BotCheckProvider::ProofOfWork => ("", " 'none'"),
    };
    format!(
        "default-src 'none'; script-src 'self'{widget}; worker-src 'self'; \
         connect-src 'self'{widget}; frame-src{frames}; style-src 'self'{}{widget}; \
         img-src 'self'{}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        origin(&settings.stylesheet),
        origin(&settings.logo),
    )
}

/// Returns the sources of a widget that its documentation lists.
fn sources_of(provider: SiteverifyProvider) -> &'static str {
    match provider {
        SiteverifyProvider::Turnstile => " https://challenges.cloudflare.com",
        SiteverifyProvider::Hcaptcha => " https://hcaptcha.com https://*.hcaptcha.com",
        SiteverifyProvider::Recaptcha => {
            " https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/ \
             https://recaptcha.google.com/recaptcha/"
        }
    }
}
