//! Whether an earlier request of the same person may have done what was to be done.

use std::collections::BTreeSet;

/// What a request is told whose work was done already. `T` is what is known of the earlier one
/// that may have done it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ledger) enum Precedent<T> {
    /// An earlier one of the same person may have done it.
    Known(T),
    /// None did.
    Stranger,
    /// These of the same person are under way, and one of them may be what did it.
    UnderWay(BTreeSet<String>),
}
