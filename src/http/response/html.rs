//! The layout of HTML pages.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, ContentType, VARY},
    },
};

/// Returns a page that loads no other files. `title` and `body` are HTML.
pub(in crate::http) fn page(language: &'static str, title: &str, body: &str) -> HttpResponse {
    let html = format!(
        "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}}\
         code{{background:#eee;padding:.1em .3em}}</style></head><body><main>{body}</main></body></html>\n",
    );
    HttpResponse::build(StatusCode::OK)
        .content_type(ContentType::html())
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"))
        .insert_header((VARY, "Accept-Language"))
        .insert_header((CONTENT_LANGUAGE, language))
        .body(html)
}

/// Escapes a string for HTML, also in the value of an attribute.
pub(in crate::http) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Escapes a string for HTML and shows the parts between backticks as code.
pub(in crate::http) fn to_html(text: &str) -> String {
    let text = escape(text);
    let parts = text.split('`').enumerate();
    parts
        .map(|(index, part)| match index % 2 {
            0 => part.to_owned(),
            _ => format!("<code>{part}</code>"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_html_and_marks_code() {
        let html = to_html("Send `a: b` & <no> `POST /c`.");

        let expected = "Send <code>a: b</code> &amp; &lt;no&gt; <code>POST /c</code>.";
        assert_eq!(html, expected);
    }
}
