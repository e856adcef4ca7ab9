use serde::{Deserialize, Serialize};

use crate::config::deserialize::set;

/// The texts for users.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    #[serde(deserialize_with = "set")]
    pub dir: Option<String>,
}

/// The pages for users.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    pub sign_up: bool,
    #[serde(deserialize_with = "set")]
    pub logo: Option<String>,
    #[serde(deserialize_with = "set")]
    pub stylesheet: Option<String>,
}

/// The pages of the application that forms link to.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<String>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    pub reset: Option<String>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    #[serde(deserialize_with = "set", skip_serializing_if = "Option::is_none")]
    pub privacy: Option<String>,
}
