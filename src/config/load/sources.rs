use std::path::Path;

/// All settings with their defaults and meanings.
pub const DEFAULT: &str = include_str!("../../../config/default.toml");

/// The changes of `vestibule sandbox` to the defaults.
pub const SANDBOX: &str = include_str!("../../../config/sandbox.toml");

/// The sources of settings in addition to the defaults.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sources<'a> {
    /// Applies `config/sandbox.toml` to the defaults.
    pub sandbox: bool,
    /// The file of `--config`.
    pub file: Option<&'a Path>,
    /// The environment variables of the process.
    pub environment: &'a [(String, String)],
}
