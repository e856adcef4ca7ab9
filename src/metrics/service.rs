//! The build of the service, and its readiness.

use prometheus_client::{
    metrics::{gauge::Gauge, info::Info},
    registry::Registry,
};

use super::{Metrics, new};
use crate::REVISION;

#[derive(Clone, Debug)]
pub(super) struct Service {
    ready: Gauge,
}

impl Service {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let labels = [("version", env!("CARGO_PKG_VERSION")), ("revision", REVISION)];
        registry.register("build", "Version and revision of the service", Info::new(labels));
        Self {
            ready: new(registry, "ready", "1 if the service is ready for requests, otherwise 0"),
        }
    }
}

impl Metrics {
    /// Sets the readiness.
    pub fn set_ready(&self, is_ready: bool) {
        self.service.ready.set(is_ready.into());
    }
}
