use serde::{Deserialize, Deserializer, Serialize, de};

/// The effect of a limit on a request that exceeds it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitsMode {
    /// The service rejects the request.
    Enforce,
    /// The service logs and counts the request, and does not reject it.
    Observe,
    /// The limit does not exist.
    Off,
}

/// Deserializes a mode. The empty string is `None`.
pub(in crate::config) fn set_mode<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<LimitsMode>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "" => Ok(None),
        "enforce" => Ok(Some(LimitsMode::Enforce)),
        "observe" => Ok(Some(LimitsMode::Observe)),
        "off" => Ok(Some(LimitsMode::Off)),
        _ => Err(de::Error::custom("the value must be \"enforce\", \"observe\", \"off\" or empty")),
    }
}
