//! Look-ups of earlier requests of the same user.

/// Result of a look-up of earlier requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum PriorLookup<T> {
    /// An earlier request of the same user succeeded, or may have.
    Found(T),
    NotFound,
    /// These requests of the same user are in progress, and may succeed.
    InFlight(Vec<i64>),
}

/// Outcome of a sign-up or confirm, for the next request of the same user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Memory {
    /// The outcome is unknown.
    Unknown = 1,
    /// Cognito probably created the account, but did not deliver the code.
    CodeNotDelivered = 2,
    /// Cognito created the account, which needs a code.
    Created = 3,
    /// The account is confirmed.
    Confirmed = 4,
    /// The account existed before.
    Existed = 5,
    /// Cognito created the account, and sent no code.
    AwaitingApproval = 6,
}

impl Memory {
    /// Reads a column. Returns `None` for a request that changed nothing.
    pub(in crate::store) fn of_column(value: Option<i64>) -> Option<Self> {
        match value? {
            2 => Some(Self::CodeNotDelivered),
            3 => Some(Self::Created),
            4 => Some(Self::Confirmed),
            5 => Some(Self::Existed),
            6 => Some(Self::AwaitingApproval),
            _ => Some(Self::Unknown),
        }
    }

    pub(in crate::store) fn as_column(self) -> i64 {
        self as i64
    }
}
