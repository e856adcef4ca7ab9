//! The front listener for clients and the admin listener for operators.

use std::{io, net::SocketAddr, sync::Arc, thread::available_parallelism};

use actix_web::{
    App as ActixApp, HttpServer,
    dev::Server,
    web::{Data, ServiceConfig},
};
use anyhow::Context;

use super::components::Components;
use crate::http;

pub(super) struct Listener {
    pub(super) server: Server,
    pub(super) address: SocketAddr,
}

pub(super) fn front(
    components: &Arc<Components>,
    more_routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> anyhow::Result<Listener> {
    let settings = &components.server;
    let (host, port) = (settings.host.as_str(), settings.port);
    // actix-web calls the closure once per worker.
    let server = HttpServer::new({
        let components = Arc::clone(components);
        move || http::front(components.worker(), more_routes.clone())
    });
    let server = server
        .workers(workers(settings.workers)?)
        .keep_alive(settings.keep_alive)
        .disable_signals()
        .bind((host, port))
        .with_context(|| format!("server.host and server.port: {host}:{port} cannot be bound"))?;
    let address = *server.addrs().first().context("the listener has no address")?;
    Ok(Listener { server: server.run(), address })
}

pub(super) fn admin(components: &Components) -> anyhow::Result<Listener> {
    let (host, port) = (components.admin.host.as_str(), components.admin.port);
    let server = HttpServer::new({
        let metrics = Data::new(components.metrics.clone());
        let readiness = Data::new(components.readiness());
        move || {
            ActixApp::new()
                .app_data(readiness.clone())
                .app_data(metrics.clone())
                .configure(http::admin_routes)
        }
    });
    let server = server
        .workers(1)
        .disable_signals()
        .bind((host, port))
        .with_context(|| format!("admin.host and admin.port: {host}:{port} cannot be bound"))?;
    let address = *server.addrs().first().context("the listener has no address")?;
    Ok(Listener { server: server.run(), address })
}

/// Returns the number of workers. 0 means one per processor.
fn workers(set: usize) -> io::Result<usize> {
    if set == 0 { available_parallelism().map(Into::into) } else { Ok(set) }
}
