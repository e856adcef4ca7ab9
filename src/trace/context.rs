//! A span of a trace, as W3C Trace Context and AWS X-Ray write it in headers.

/// The span to which a request belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceContext {
    pub(crate) trace_id: u128,
    /// `None` if a load balancer began the trace. Load balancers create no spans.
    pub(crate) span_id: Option<u64>,
    /// `None` if the header leaves the decision about sampling to the service.
    pub(crate) is_sampled: Option<bool>,
}

impl TraceContext {
    /// Parses `traceparent`. Returns `None` if the header is invalid.
    pub(crate) fn from_traceparent(header: &str) -> Option<Self> {
        let (version, rest) = header.split_once('-')?;
        let is_version = version.len() == 2 && hex(version).is_some_and(|version| version != 0xff);
        // Later versions may add fields at the end.
        let length = 55 - version.len() - 1;
        let is_complete = match version {
            "00" => rest.len() == length,
            _ => rest.len() == length || rest.as_bytes().get(length) == Some(&b'-'),
        };
        if !is_version || !is_complete {
            return None;
        }
        let mut fields = rest.get(..length)?.split('-');
        let (trace_id, span_id, flags) = (fields.next()?, fields.next()?, fields.next()?);
        if (trace_id.len(), span_id.len(), flags.len()) != (32, 16, 2) {
            return None;
        }
        Some(Self {
            trace_id: hex(trace_id).filter(|id| *id != 0)?,
            span_id: Some(id(span_id)?),
            is_sampled: Some(hex(flags)? & 1 == 1),
        })
    }

    /// Parses `X-Amzn-Trace-Id`. A load balancer adds `Self` and names no parent.
    pub(crate) fn from_amzn_trace_id(header: &str) -> Option<Self> {
        let field = |name: &str| {
            let fields = header.split(';').filter_map(|field| field.trim().split_once('='));
            let mut values = fields.filter(|(known, _)| *known == name).map(|(_, value)| value);
            values.next()
        };
        let (time, random) = field("Root")?.strip_prefix("1-")?.split_once('-')?;
        if (time.len(), random.len()) != (8, 24) {
            return None;
        }
        let trace_id = hex(time)? << 96 | hex(random)?;
        let span_id = match field("Parent") {
            Some(parent) if parent.len() == 16 => Some(id(parent)?),
            Some(_) => return None,
            None => None,
        };
        let is_sampled = match field("Sampled") {
            Some("1") => Some(true),
            Some("0") => Some(false),
            // A load balancer adds no `Sampled`. With `?`, the sender asks for the decision in the
            // response.
            _ => None,
        };
        Some(Self { trace_id, span_id, is_sampled })
    }

    /// Returns the value of `traceparent`, or `None` if the span or the decision is unknown.
    pub(crate) fn traceparent(&self) -> Option<String> {
        let (trace, span, flags) = (self.trace_id, self.span_id?, u8::from(self.is_sampled?));
        Some(format!("00-{trace:032x}-{span:016x}-{flags:02x}"))
    }

    /// Returns the value of `X-Amzn-Trace-Id`.
    pub(crate) fn amzn_trace_id(&self) -> String {
        let (time, random) = (self.trace_id >> 96, self.trace_id & (u128::MAX >> 32));
        let parent = self.span_id.map_or_else(String::new, |span| format!(";Parent={span:016x}"));
        let sampled = self.is_sampled.map_or("", |is| if is { ";Sampled=1" } else { ";Sampled=0" });
        format!("Root=1-{time:08x}-{random:024x}{parent}{sampled}")
    }
}

fn id(text: &str) -> Option<u64> {
    u64::try_from(hex(text)?).ok().filter(|id| *id != 0)
}

/// Parses hexadecimal digits in lower case.
fn hex(text: &str) -> Option<u128> {
    let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    u128::from_str_radix(text, 16).ok().filter(|_| is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
    const SPAN: u64 = 0x1122_3344_5566_7788;

    #[test]
    fn reads_only_a_valid_traceparent() {
        let valid = |is_sampled| {
            let is_sampled = Some(is_sampled);
            Some(TraceContext { trace_id: TRACE, span_id: Some(SPAN), is_sampled })
        };
        let ids = "4bf92f3577b34da6a3ce929d0e0e4736-1122334455667788";
        for (header, expected) in [
            (format!("00-{ids}-01"), valid(true)),
            (format!("00-{ids}-00"), valid(false)),
            (format!("00-{ids}-02"), valid(false)),
            (format!("cc-{ids}-01"), valid(true)),
            (format!("cc-{ids}-01-more"), valid(true)),
            (format!("cc-{ids}-01x"), None),
            (format!("00-{ids}-01-more"), None),
            (format!("ff-{ids}-01"), None),
            (format!("0-{ids}-01"), None),
            (format!("00-{ids}-1"), None),
            (format!("00-{ids}-0g"), None),
            (format!(" 00-{ids}-01"), None),
            (format!("00-{}-01", ids.to_uppercase()), None),
            (format!("00-{}-1122334455667788-01", "0".repeat(32)), None),
            (format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", "0".repeat(16)), None),
            (format!("00-+{}-01", &ids[1..]), None),
            ("00".to_owned(), None),
            (String::new(), None),
            ("00-ü".to_owned(), None),
        ] {
            let read = TraceContext::from_traceparent(&header);

            assert_eq!(read, expected, "{header}");
        }
        let header = format!("00-{ids}-01");
        let read = TraceContext::from_traceparent(&header).unwrap();
        assert_eq!(read.traceparent(), Some(header));
    }

    #[test]
    fn reads_the_header_of_aws_with_and_without_a_parent() {
        let root = "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736";
        let of = |span_id, is_sampled| Some(TraceContext { trace_id: TRACE, span_id, is_sampled });
        for (header, expected) in [
            (format!("{root};Parent=1122334455667788;Sampled=1"), of(Some(SPAN), Some(true))),
            (format!("{root};Parent=1122334455667788;Sampled=0"), of(Some(SPAN), Some(false))),
            (format!("{root};Parent=1122334455667788"), of(Some(SPAN), None)),
            (format!("{root};Sampled=?"), of(None, None)),
            (format!("Self=1-67891234-12456789abcdef012345678a;{root}"), of(None, None)),
            (format!("{root}; Sampled=1"), of(None, Some(true))),
            (format!("{root};Parent=zz"), None),
            ("Root=2-4bf92f35-77b34da6a3ce929d0e0e4736".to_owned(), None),
            ("Root=1-4bf92f35-77b34da6".to_owned(), None),
            ("Parent=1122334455667788".to_owned(), None),
            (String::new(), None),
        ] {
            let read = TraceContext::from_amzn_trace_id(&header);

            assert_eq!(read, expected, "{header}");
        }
    }

    #[test]
    fn passes_on_the_header_of_aws_with_and_without_a_decision() {
        let root = "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736";
        let ids = "4bf92f3577b34da6a3ce929d0e0e4736-1122334455667788";
        for (header, traceparent) in [
            (format!("{root};Parent=1122334455667788;Sampled=1"), Some(format!("00-{ids}-01"))),
            (format!("{root};Parent=1122334455667788;Sampled=0"), Some(format!("00-{ids}-00"))),
            (format!("{root};Parent=1122334455667788"), None),
            (format!("{root};Sampled=1"), None),
            (root.to_owned(), None),
        ] {
            let read = TraceContext::from_amzn_trace_id(&header).unwrap();

            assert_eq!((read.amzn_trace_id(), read.traceparent()), (header, traceparent));
        }
    }
}
