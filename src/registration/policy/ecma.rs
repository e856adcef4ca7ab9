//! Patterns of settings, which are in the syntax of Rust, in that of ECMA-262.

use regex::Regex;
use regex_syntax::{
    Parser,
    hir::{Class, ClassUnicode, Hir, HirKind, Look, Repetition},
};

use super::patterns::{push_in_class, push_literal};

/// What is longer serves nobody in a document that forms load.
const MAX_LENGTH: usize = 4096;

/// Classes of more ranges are said by names of Unicode, as far as those fit.
const MANY: usize = 16;

/// Names that both syntaxes have.
const NAMES: [&str; 10] = ["Alphabetic", "L", "Lu", "Ll", "M", "N", "Nd", "P", "S", "Join_Control"];

/// The pattern inside one that stands for a whole value, or nothing where it cannot be said,
/// or only at too great a length. Both dialects judge character by character, so that what
/// matches is the same; what `\d`, `\w` and `(?i)` mean is written out.
pub(super) fn translated(whole_value: &Regex) -> Option<String> {
    let hir = Parser::new().parse(whole_value.as_str()).ok()?;
    let hir = without(Look::End, &without(Look::Start, &hir));
    let mut pattern = String::new();
    write(&hir, &mut pattern)?;
    (pattern.len() <= MAX_LENGTH).then_some(pattern)
}

/// Leaves out anchors at the edge where they always hold.
fn without(anchor: Look, hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(look) if *look == anchor => Hir::empty(),
        HirKind::Capture(capture) => without(anchor, &capture.sub),
        HirKind::Alternation(choices) => {
            Hir::alternation(choices.iter().map(|choice| without(anchor, choice)).collect())
        }
        HirKind::Concat(parts) => {
            let mut parts = parts.clone();
            loop {
                let edge = if anchor == Look::Start { 0 } else { parts.len().saturating_sub(1) };
                let Some(part) = parts.get_mut(edge) else { return Hir::empty() };
                *part = without(anchor, part);
                if !matches!(part.kind(), HirKind::Empty) {
                    return Hir::concat(parts);
                }
                parts.remove(edge);
            }
        }
        _ => hir.clone(),
    }
}

fn write(hir: &Hir, pattern: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => pattern.push_str("(?:)"),
        HirKind::Literal(literal) => {
            for character in std::str::from_utf8(&literal.0).ok()?.chars() {
                push_literal(pattern, character);
            }
        }
        HirKind::Class(Class::Unicode(class)) => pattern.push_str(&of_class(class)?),
        HirKind::Class(Class::Bytes(class)) => {
            pattern.push_str(&of_class(&class.to_unicode_class()?)?);
        }
        HirKind::Look(_) => return None,
        HirKind::Repetition(repetition) => write_repetition(repetition, pattern)?,
        HirKind::Capture(capture) => write_group(&capture.sub, pattern)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, pattern)?;
            }
        }
        HirKind::Alternation(choices) => {
            pattern.push_str("(?:");
            for (place, choice) in choices.iter().enumerate() {
                if place > 0 {
                    pattern.push('|');
                }
                write(choice, pattern)?;
            }
            pattern.push(')');
        }
    }
    Some(())
}

fn write_repetition(repetition: &Repetition, pattern: &mut String) -> Option<()> {
    match repetition.sub.kind() {
        HirKind::Class(_) => write(&repetition.sub, pattern)?,
        _ => write_group(&repetition.sub, pattern)?,
    }
    let times = match (repetition.min, repetition.max) {
        (0, None) => "*".to_owned(),
        (1, None) => "+".to_owned(),
        (0, Some(1)) => "?".to_owned(),
        (min, None) => format!("{{{min},}}"),
        (min, Some(max)) if min == max => format!("{{{min}}}"),
        (min, Some(max)) => format!("{{{min},{max}}}"),
    };
    pattern.push_str(&times);
    Some(())
}

fn write_group(hir: &Hir, pattern: &mut String) -> Option<()> {
    pattern.push_str("(?:");
    write(hir, pattern)?;
    pattern.push(')');
    Some(())
}

/// A class by what it has, or by what it has not, whichever is shorter.
fn of_class(class: &ClassUnicode) -> Option<String> {
    let mut others = class.clone();
    others.negate();
    if class.ranges().is_empty() {
        return None;
    }
    if others.ranges().is_empty() {
        return Some(r"[\s\S]".to_owned());
    }
    let (here, others) = (members(class)?, members(&others)?);
    Some(if others.len() < here.len() { format!("[^{others}]") } else { format!("[{here}]") })
}

fn members(class: &ClassUnicode) -> Option<String> {
    let mut members = String::new();
    let mut rest = class.clone();
    for name in NAMES {
        if rest.ranges().len() <= MANY {
            break;
        }
        let named = named(name)?;
        let (mut outside, mut new) = (named.clone(), named.clone());
        outside.difference(class);
        new.intersect(&rest);
        if outside.ranges().is_empty() && !new.ranges().is_empty() {
            members.extend([r"\p{", name, "}"]);
            rest.difference(&named);
        }
    }
    for range in rest.ranges() {
        push_in_class(&mut members, range.start());
        if range.len() > 2 {
            members.push('-');
        }
        if range.len() > 1 {
            push_in_class(&mut members, range.end());
        }
    }
    Some(members)
}

/// A class by its name.
fn named(name: &str) -> Option<ClassUnicode> {
    match Parser::new().parse(&format!(r"\p{{{name}}}")).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registration::rules_error::whole_value;

    #[test]
    fn says_the_same_in_the_other_syntax() {
        for (pattern, expected) in [
            ("[A-Z]+|[0-9]+", Some("(?:[A-Z]+|[0-9]+)")),
            ("^[A-Z]{2}-[0-9]{3,5}$", Some("[A-Z]{2}-[0-9]{3,5}")),
            ("^a$|^(b)$", Some("[ab]")),
            (r"(?i)ok\.", Some(r"[Oo][Kk\u212a]\.")),
            (r"\d{5}", Some(r"[\p{Nd}]{5}")),
            (
                r"\w+",
                Some(
                    r"[\p{Alphabetic}\p{M}\p{Nd}_\u200c\u200d\u203f\u2040\u2054\ufe33\ufe34\ufe4d-\ufe4f\uff3f]+",
                ),
            ),
            (r"[\p{L} '-]*", Some(r"[\p{L} '\-]*")),
            ("[^x]?.", Some(r"[^x]?[^\u000a]")),
            ("(?s).{3,}", Some(r"[\s\S]{3,}")),
            ("🦀+", Some(r"(?:\u{1f980})+")),
            ("a&&b~", Some("a&&b~")),
            (r"\bword\b", None),
            (r"a(^b)", None),
        ] {
            let translated = translated(&whole_value(pattern).unwrap());

            assert_eq!(translated.as_deref(), expected, "{pattern}");
        }
    }

    #[test]
    fn leaves_out_what_would_be_endless() {
        let endless = (0..500).map(|n| format!("word-{n}x*")).collect::<Vec<_>>().join("|");

        assert_eq!(translated(&whole_value(&endless).unwrap()), None);
    }
}
