//! The public listener for clients and the admin listener for operators.

use std::{net::SocketAddr, sync::Arc};

use actix_web::{
    App as ActixApp,
    dev::Server,
    web::{Data, ServiceConfig},
};

use super::{
    accept::{Accept, serve},
    capacity,
    components::Components,
    http2::Http2,
    socket::{self, Sockets},
    tls::Tls,
};
use crate::{
    connection::{Closed, Peer, ProxyProtocol, Timeouts, Workers},
    http,
};

/// Maximum number of connections to the admin listener.
const MAX_ADMIN_CONNECTIONS: usize = 256;

pub(super) struct Listener {
    pub(super) server: Server,
    pub(super) address: SocketAddr,
    pub(super) sockets: Arc<Sockets>,
}

pub(super) fn front(
    components: &Arc<Components>,
    workers: &Workers,
    tls: Option<&Tls>,
    more_routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> anyhow::Result<Listener> {
    let settings = &components.server;
    let sockets = socket::bind("server", &settings.host, settings.port)?
        .with_unix_socket(settings.unix_socket.as_deref())?;
    let memory = match tls {
        Some(_) if settings.tls.http2 => capacity::HTTP2_CONNECTION,
        Some(_) => capacity::TLS_CONNECTION,
        None => capacity::CONNECTION,
    };
    let closed = Closed::new(components.metrics.clone());
    let accept = Accept {
        threads: capacity::workers(settings.workers)?,
        max_connections: capacity::connections(settings.max_connections, memory),
        timeouts: timeouts(components),
        workers: workers.clone(),
        http2: settings.tls.http2.then(|| Http2::new(settings, closed.clone(), sockets.closing())),
        closed,
        proxy_protocol: if settings.proxy_protocol {
            ProxyProtocol::Required
        } else {
            ProxyProtocol::Off
        },
        tls: tls.map(Tls::acceptor),
        client_address: Arc::clone(&components.client_address),
        admit: {
            let components = Arc::clone(components);
            move |peer: Peer| {
                let permit = components.rate_limits.connect(peer.address, peer.is_proxy).ok()?;
                Some((permit, components.metrics.connection_opened()))
            }
        },
    };
    // Actix calls the closure once per worker.
    let components = Arc::clone(components);
    let app = move || http::front(components.worker(), more_routes.clone());
    let server = serve(&accept, &sockets, app)?;
    Ok(Listener { server, address: sockets.address()?, sockets: Arc::new(sockets) })
}

pub(super) fn admin(components: &Components, workers: &Workers) -> anyhow::Result<Listener> {
    let settings = &components.admin;
    let sockets = socket::bind("admin", &settings.host, settings.port)?;
    let accept = Accept {
        threads: 1,
        max_connections: MAX_ADMIN_CONNECTIONS,
        timeouts: timeouts(components),
        workers: Workers::default(),
        closed: Closed::new(components.metrics.clone()),
        // A balancer also sends the header with its health checks.
        proxy_protocol: if components.server.proxy_protocol {
            ProxyProtocol::Accepted
        } else {
            ProxyProtocol::Off
        },
        tls: None,
        http2: None,
        client_address: Arc::clone(&components.client_address),
        // No rate limit applies to health checks and to requests for metrics.
        admit: |_| Some(()),
    };
    let metrics = Data::new(components.metrics.clone());
    let readiness = Data::new(components.readiness());
    let workers = Data::new(workers.clone());
    let client_address = Data::from(Arc::clone(&components.client_address));
    let server = Data::from(Arc::clone(&components.server));
    let app = move || {
        ActixApp::new()
            .app_data(readiness.clone())
            .app_data(metrics.clone())
            .app_data(workers.clone())
            .app_data(client_address.clone())
            .app_data(server.clone())
            .configure(http::admin_routes)
    };
    let server = serve(&accept, &sockets, app)?;
    Ok(Listener { server, address: sockets.address()?, sockets: Arc::new(sockets) })
}

fn timeouts(components: &Components) -> Timeouts {
    let server = &components.server;
    Timeouts {
        head: server.head_timeout,
        write: server.write_timeout,
        keep_alive: server.keep_alive,
    }
}
