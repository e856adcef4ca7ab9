//! The fuzz targets. `VESTIBULE_FUZZ` names the one to run. Each asserts properties of every input.

#![no_main]

mod server;
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// The target that the environment names.
static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var_os("VESTIBULE_FUZZ").unwrap_or_default();
    match name.to_str().unwrap_or_default() {
        "bodies" => targets::bodies::run,
        "device_data" => targets::device_data::run,
        "forwarded" => targets::forwarded::run,
        "sdk_errors" => targets::sdk_errors::run,
        "trigger_messages" => targets::trigger_messages::run,
        _ => panic!("VESTIBULE_FUZZ is not the name of a target"),
    }
});

fuzz_target!(|input: &[u8]| (*TARGET)(input));
