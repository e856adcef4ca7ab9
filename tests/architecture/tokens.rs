//! Splits Rust source into the tokens that paths need, without comments and the texts of literals.

/// The token for a string or character literal.
const TEXT: &str = "\"\"";

/// Returns the tokens of a source text. `::` is one token, and every other punctuation character is
/// one. A string or character literal becomes two quotes, and lifetimes are omitted.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = if let Some(length) = comment(rest) {
            length
        } else if let Some(length) = literal(rest) {
            tokens.push(TEXT);
            length
        } else if character == '\'' {
            1 + word(&rest[1..])
        } else if word(rest) > 0 {
            tokens.push(&rest[..word(rest)]);
            word(rest)
        } else if rest.starts_with("::") {
            tokens.push(&rest[..2]);
            2
        } else {
            if !character.is_whitespace() {
                tokens.push(&rest[..character.len_utf8()]);
            }
            character.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// Returns `true` for a name, a keyword or a number.
pub(crate) fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// Returns the index after the bracket that closes the one at `open`.
pub(crate) fn after_brackets(tokens: &[&str], open: usize) -> usize {
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate().skip(open) {
        match *token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place + 1;
        }
    }
    tokens.len()
}

fn word(text: &str) -> usize {
    // `r#type` gives three tokens, the last of which is the name.
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    let mut depth = 0_usize;
    for (place, _) in text.char_indices() {
        if text[place..].starts_with("/*") {
            depth += 1;
        } else if depth > 0 && text[..place].ends_with("*/") {
            depth -= 1;
        }
        if depth == 0 {
            return (place > 0).then_some(place);
        }
    }
    Some(text.len())
}

fn literal(text: &str) -> Option<usize> {
    let is_prefix = |c: char| matches!(c, 'b' | 'c' | 'r');
    let prefix = text.chars().take(2).take_while(|c| is_prefix(*c)).count();
    let hashes = text[prefix..].chars().take_while(|c| *c == '#').count();
    let inside = &text[prefix + hashes..];
    let start = prefix + hashes + 1;
    if let Some(inside) = inside.strip_prefix('"') {
        if text[..prefix].ends_with('r') {
            let end = format!("\"{}", "#".repeat(hashes));
            return Some(start + inside.find(&end)? + end.len());
        }
        return (hashes == 0).then_some(start + quoted(inside, '"')?);
    }
    let inside = inside.strip_prefix('\'').filter(|_| hashes == 0)?;
    let mut characters = inside.chars();
    // A lifetime is not a literal.
    let is_literal = characters.next()? == '\\' || characters.next() == Some('\'');
    is_literal.then_some(start + quoted(inside, '\'')?)
}

/// Returns the length of a quoted text with its closing quote.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (place, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if character == quote => return Some(place + 1),
            _ => {}
        }
    }
    None
}

#[test]
fn handles_comments_literals_and_lifetimes() {
    for (text, expected) in [
        ("use a::b; // use c::d", "use a :: b ;"),
        ("a/* b::c /* d */ e */f", "a f"),
        ("f(\"a::b // \\\" c\", 'x', b'\\'', '\\u{1F600}')", "f ( \"\" , \"\" , \"\" , \"\" )"),
        ("r\"a\\\" b r#\"c \" d\"# br##\"\"# \"##e", "\"\" b \"\" \"\" e"),
        ("fn f<'a>(x: &'a str) -> &'static B", "fn f < > ( x : & str ) - > & B"),
        ("r#type::x", "r # type :: x"),
        ("'a: loop { break 'a; }", ": loop { break ; }"),
    ] {
        assert_eq!(tokens(text).join(" "), expected, "{text}");
    }
}
