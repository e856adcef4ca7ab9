/// The reason for the rejection of a proof, for metrics and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Unreadable,
    Signature,
    Expired,
    Solution,
    Provider,
    Hostname,
    Action,
    Score,
    Age,
    Reused,
    Unavailable,
    Misconfigured,
}

impl Failure {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::Solution => "solution",
            Self::Provider => "provider",
            Self::Hostname => "hostname",
            Self::Action => "action",
            Self::Score => "score",
            Self::Age => "age",
            Self::Reused => "reused",
            Self::Unavailable => "unavailable",
            Self::Misconfigured => "misconfigured",
        }
    }
}
