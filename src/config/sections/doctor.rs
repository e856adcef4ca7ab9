use serde::Deserialize;

/// The comparison of the settings with the pool at start.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doctor {
    pub on_start: DoctorOnStart,
}

/// The effect of findings at start.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum DoctorOnStart {
    Off,
    Warn,
    Fail,
}
