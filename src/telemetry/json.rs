//! Log lines as JSON: one flat object a line, the fields of the request's span among them.
//!
//! Our own, since a line is written for every refused request: the formatter that comes with
//! tracing-subscriber keeps a span's fields as text, parses that text again for each line, and
//! takes more instructions than all the rest of a refusal.

use std::fmt::{self, Debug};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, format::Writer},
    registry::{LookupSpan, Scope},
};

/// Formats events, and the fields of spans, as members of a JSON object.
pub(super) struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let now = jiff::Timestamp::now();
        let level = event.metadata().level();
        write!(writer, "{{\"timestamp\":\"{now:.6}\",\"level\":\"{level}\"")?;
        let mut members = Members { writer: writer.by_ref(), result: Ok(()) };
        event.record(&mut members);
        members.result?;
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>() {
                writer.write_str(&fields.fields)?;
            }
        }
        writer.write_str("}\n")
    }
}

impl<'writer> FormatFields<'writer> for Json {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut members = Members { writer, result: Ok(()) };
        fields.record(&mut members);
        members.result
    }
}

/// Writes each field as `,"name":value`.
struct Members<'writer> {
    writer: Writer<'writer>,
    result: fmt::Result,
}

impl Members<'_> {
    fn member(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let mut write = || {
            self.writer.write_str(",\"")?;
            self.writer.write_str(field.name())?;
            self.writer.write_str("\":")?;
            Ok(())
        };
        self.result = self.result.and_then(|()| write()).and_then(|()| value(&mut self.writer));
    }
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, |writer| text(writer, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.member(field, |writer| text(writer, &format!("{value:?}")));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, |writer| writer.write_str(if value { "true" } else { "false" }));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field, |writer| {
            if value.is_finite() { write!(writer, "{value}") } else { writer.write_str("null") }
        });
    }
}

/// A JSON string (RFC 8259 section 7).
fn text(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    writer.write_char('"')?;
    let mut written = 0;
    for (index, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        // All that is escaped is ASCII, so that the places between are ends of characters.
        writer.write_str(text.get(written..index).unwrap_or_default())?;
        match byte {
            b'"' => writer.write_str("\\\"")?,
            b'\\' => writer.write_str("\\\\")?,
            b'\n' => writer.write_str("\\n")?,
            _ => write!(writer, "\\u{byte:04x}")?,
        }
        written = index + 1;
    }
    writer.write_str(text.get(written..).unwrap_or_default())?;
    writer.write_char('"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: &str) -> String {
        let mut buffer = String::new();
        text(&mut Writer::new(&mut buffer), value).unwrap();
        buffer
    }

    proptest! {
        #[test]
        fn every_text_reads_back_as_itself(value in any::<String>()) {
            prop_assert_eq!(serde_json::from_str::<String>(&written(&value)).unwrap(), value);
        }
    }

    #[test]
    fn nothing_ends_the_line_or_the_string_early() {
        assert_eq!(written("a\"b\\c\nd\u{1}\u{e9}"), "\"a\\\"b\\\\c\\nd\\u0001\u{e9}\"");
    }
}
