//! The cases, a file for each group of checks.

mod attributes;
mod clients;
mod delivery;
mod password;
mod protection;
mod quota;
mod username;
mod values;

use super::{Case, FindingCode, attribute};

pub(super) fn all() -> Vec<Case> {
    [
        password::cases(),
        username::cases(),
        attributes::cases(),
        clients::cases(),
        delivery::cases(),
        protection::cases(),
        quota::cases(),
        values::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
