//! As much of Markdown as the document's descriptions use, as HTML.

use crate::http::response::html::escape;

/// Paragraphs and lists.
pub(super) fn prose(text: &str) -> String {
    text.split("\n\n").map(block).collect()
}

/// One line, with `code` in it.
pub(super) fn inline(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        let part = escape(part);
        if index % 2 == 1 {
            html.extend(["<code>", &part, "</code>"]);
        } else {
            html.push_str(&part);
        }
    }
    html
}

fn block(text: &str) -> String {
    if !text.starts_with("- ") {
        return format!("<p>{}</p>", inline(text));
    }
    let items = text.lines().map(|line| line.trim_start_matches("- "));
    let items: String = items.map(|item| format!("<li>{}</li>", inline(item))).collect();
    format!("<ul>{items}</ul>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_code_and_lists_and_nothing_that_is_html() {
        assert_eq!(
            prose("Say `a<b` & go.\n\n- `one`: 1\n- two"),
            "<p>Say <code>a&lt;b</code> &amp; go.</p>\
             <ul><li><code>one</code>: 1</li><li>two</li></ul>"
        );
    }
}
