//! The inbox as an HTML page.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::state::views::Message;

/// Renders the inbox as an HTML document that loads nothing else.
pub(crate) fn inbox(messages: &[Message], to: Option<&str>) -> String {
    let mut list: String = messages.iter().map(article).collect();
    if messages.is_empty() {
        list.push_str("<p class=\"none\">No message has been sent yet.</p>");
    }
    let filter = match to {
        Some(to) => {
            format!(
                "<p>Messages to <b>{}</b> only. <a href=\"/sandbox/inbox\">Show all</a>.</p>",
                escape(to)
            )
        }
        None => String::new(),
    };
    format!("{HEAD}{filter}{list}{FOOT}")
}

fn article(message: &Message) -> String {
    let what = if message.purpose == "resend" { "A new code" } else { "The code" };
    let to = escape(&message.to);
    let link = utf8_percent_encode(&message.to, NON_ALPHANUMERIC);
    let (medium, username, at) =
        (escape(message.medium), escape(&message.username), escape(&message.at));
    let code = escape(&message.code);
    format!(
        "<article><header><a href=\"/sandbox/inbox?to={link}\">{to}</a> <span>{medium}</span> \
         <time datetime=\"{at}\">{at}</time></header><p>{what} for <b>{username}</b> is</p>\
         <p class=\"code\">{code}</p></article>"
    )
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>Sandbox inbox</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: 0.25rem; }
.note { border-left: 4px solid #c77700; padding: 0.25rem 0.75rem; }
article { border: 1px solid #8886; border-radius: 8px; padding: 0.75rem 1rem; margin: 1rem 0; overflow-wrap: anywhere; }
article header { display: flex; gap: 0.75rem; flex-wrap: wrap; font-size: 0.9rem; }
article p { margin: 0.5rem 0 0; }
time { margin-left: auto; opacity: 0.7; }
.code { font: 700 1.8rem/1.2 ui-monospace, monospace; letter-spacing: 0.15em; }
.none { opacity: 0.7; }
footer { margin-top: 2rem; font-size: 0.9rem; }
</style>
</head>
<body>
<h1>Sandbox inbox</h1>
<p class="note">This is a development pool and <b>not an identity provider</b>. These messages were not sent.
This page shows every code.</p>
"#;

const FOOT: &str = r#"
<footer>The page reloads every five seconds. See also the
<a href="/sandbox/accounts">accounts</a>, the <a href="/sandbox/requests">requests</a> as received, and
the <a href="/sandbox/cases">user names that trigger failures</a>.</footer>
</body>
</html>
"#;
