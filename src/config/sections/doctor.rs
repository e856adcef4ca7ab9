//! The section `[doctor]`: what a setting means stands in `config/default.toml`.

use serde::Deserialize;

/// The comparison of settings and pool.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Doctor {
    pub on_start: DoctorOnStart,
}

/// What happens at start where settings and pool do not fit each other.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum DoctorOnStart {
    /// Nobody looks.
    Off,
    /// It is logged.
    Warn,
    /// The service does not start.
    Fail,
}
