use std::fmt::{self, Debug};

use jiff::{Timestamp, fmt::temporal::DateTimePrinter};
use serde::Serialize;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, format::Writer},
    registry::LookupSpan,
};

/// The format of JSON lines, as tracing-subscriber writes them with `flatten_event`. This type has a
/// third of the cost. tracing-subscriber parses the formatted fields of the span again for each
/// event.
pub(super) struct JsonLine;

/// Prints microseconds, so that lines of one second have an order.
const TIMES: DateTimePrinter = DateTimePrinter::new().precision(Some(6));

const TRACE: &str = r#","trace_id":"#;

impl<S: Subscriber + for<'lookup> LookupSpan<'lookup>> FormatEvent<S, JsonLine> for JsonLine {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonLine>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut start = String::with_capacity(512);
        start.push_str(r#"{"timestamp":""#);
        let printed = TIMES.print_timestamp(&Timestamp::now(), &mut start);
        printed.map_err(|_| fmt::Error)?;
        start.extend([r#"","level":""#, event.metadata().level().as_str(), "\""]);
        let mut line = Members(start.into_bytes());
        event.record(&mut line);
        if let Some(span) = context.lookup_current() {
            let extensions = span.extensions();
            let members =
                extensions.get::<FormattedFields<Self>>().map_or("", |fields| &fields.fields);
            // Log tools expect the members of the trace at the top level. The members of the trace
            // are the last members of the span.
            let (members, trace) = members.split_at(members.find(TRACE).unwrap_or(members.len()));
            line.push(&[trace, r#","span":{"name":""#, span.name(), "\"", members, "}"]);
        }
        line.push(&["}\n"]);
        writer.write_str(line.text()?)
    }
}

impl FormatFields<'_> for JsonLine {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'_>, fields: R) -> fmt::Result {
        let mut members = Members(Vec::new());
        fields.record(&mut members);
        writer.write_str(members.text()?)
    }
}

/// Members of a JSON object, each after a comma.
struct Members(Vec<u8>);

impl Members {
    fn text(&self) -> Result<&str, fmt::Error> {
        str::from_utf8(&self.0).map_err(|_| fmt::Error)
    }

    fn push(&mut self, parts: &[&str]) {
        for part in parts {
            self.0.extend_from_slice(part.as_bytes());
        }
    }

    fn add(&mut self, field: &Field, value: &impl Serialize) {
        if field.name().starts_with("otel.") {
            return;
        }
        self.push(&[",\"", field.name(), "\":"]);
        // Writing a string or a number to memory cannot fail.
        let _ = serde_json::to_writer(&mut self.0, value);
    }
}

macro_rules! record {
    ($($name:ident $kind:ty),*) => {
        $(fn $name(&mut self, field: &Field, value: $kind) {
            self.add(field, &value);
        })*
    };
}

impl Visit for Members {
    record!(record_str &str, record_bool bool, record_i64 i64, record_u64 u64, record_f64 f64);

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, &format_args!("{value:?}"));
    }
}
