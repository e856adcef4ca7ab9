//! Runs an application on accepted connections, through the layer of [`crate::connection`].

use std::{fmt::Debug, future::ready, net::SocketAddr, rc::Rc, sync::Arc, time::Duration};

use actix_http::{
    HttpService, KeepAlive, Request, Response,
    body::{BoxBody, MessageBody},
    error::{DispatchError, ParseError},
};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, map_config};
use actix_web::{
    dev::{AppConfig, Server, fn_factory, fn_service},
    rt::{
        self,
        net::{TcpStream, UnixStream},
    },
};
use tokio_rustls::TlsAcceptor;

use super::{http2::Http2, socket::Sockets};
use crate::{
    connection::{Closed, Peer, ProxyProtocol, Reason, Socket, Stream, Timeouts, Worker, Workers},
    http::ClientIpResolver,
};

/// Time in which a client that is still sending a body must read the response.
const LINGER: Duration = Duration::from_secs(1);

/// The settings of a listener.
#[derive(Clone)]
pub(super) struct Accept<Admit> {
    pub(super) threads: usize,
    pub(super) max_connections: usize,
    pub(super) timeouts: Timeouts,
    pub(super) workers: Workers,
    pub(super) closed: Closed,
    pub(super) proxy_protocol: ProxyProtocol,
    pub(super) tls: Option<TlsAcceptor>,
    /// HTTP/2 for clients that choose HTTP/2. Requires TLS.
    pub(super) http2: Option<Http2>,
    pub(super) client_address: Arc<ClientIpResolver>,
    /// Returns a value that the connection holds until it ends. Returns `None` if the connection
    /// must close.
    pub(super) admit: Admit,
}

pub(super) fn serve<Admit, Kept, F, I, S, B>(
    accept: &Accept<Admit>,
    sockets: &Sockets,
    app: F,
) -> anyhow::Result<Server>
where
    Admit: Fn(Peer) -> Option<Kept> + Clone + Send + 'static,
    Kept: 'static,
    F: Fn() -> I + Clone + Send + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let max_per_worker = accept.max_per_worker();
    let mut server = Server::build()
        .workers(accept.threads)
        .max_concurrent_connections(max_per_worker)
        .disable_signals();
    for socket in sockets.tcp()? {
        let (accept, app) = (accept.clone(), app.clone());
        server = server.listen("http", socket, move || {
            service::<TcpStream, _, _, _, _, _, _>(&accept, &app)
        })?;
    }
    if let Some(socket) = sockets.unix()? {
        let (accept, app) = (accept.clone(), app);
        server = server.listen_uds("http", socket, move || {
            service::<UnixStream, _, _, _, _, _, _>(&accept, &app)
        })?;
    }
    Ok(server.run())
}

/// Returns the service that a worker runs on the connections of one socket.
fn service<Io, Admit, Kept, F, I, S, B>(
    accept: &Accept<Admit>,
    app: &F,
) -> impl ServiceFactory<Io, Config = (), Response = (), Error = (), InitError = ()>
+ use<Io, Admit, Kept, F, I, S, B>
where
    Io: Into<Socket> + 'static,
    Admit: Fn(Peer) -> Option<Kept> + Clone + 'static,
    Kept: 'static,
    F: Fn() -> I,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let app = map_config(app(), |()| AppConfig::default())
        .map(Into::<Response<B>>::into)
        .map_err(|error| Response::from(error.into().error_response()));
    let accept = accept.clone();
    fn_factory(move || {
        let (app, accept) = (app.new_service(()), accept.clone());
        async move {
            // Both versions of HTTP run the same application.
            let app = Rc::new(app.await.map_err(|_| ())?);
            let app_of_http1 = Rc::clone(&app);
            let http1 = HttpService::build()
                // The clock of the connection's worker closes idle connections.
                .keep_alive(KeepAlive::Os)
                .client_request_timeout(Duration::ZERO)
                .client_disconnect_timeout(LINGER)
                .on_connect_ext(|stream: &Stream, extensions| {
                    extensions.insert(Rc::clone(stream.progress()));
                })
                .h1(fn_factory(move || ready(Ok::<_, ()>(Rc::clone(&app_of_http1)))));
            let http1 = Rc::new(http1.new_service(()).await?);
            let worker = Worker::new(accept.max_per_worker());
            rt::spawn(Rc::clone(&worker).run(accept.timeouts, accept.workers.clone()));
            let accept = Rc::new(accept);
            Ok::<_, ()>(fn_service(move |socket: Io| {
                let (http1, app) = (Rc::clone(&http1), Rc::clone(&app));
                let (accept, worker) = (Rc::clone(&accept), Rc::clone(&worker));
                async move {
                    connection(socket.into(), &*http1, &*app, &accept, &worker).await;
                    Ok::<(), ()>(())
                }
            }))
        }
    })
}

/// Serves the requests of a connection until the connection ends or a deadline passes. Counts the
/// reason if the service closes the connection early.
async fn connection<Admit, Kept, H, S, B>(
    mut socket: Socket,
    http1: &H,
    app: &S,
    accept: &Accept<Admit>,
    worker: &Rc<Worker>,
) where
    Admit: Fn(Peer) -> Option<Kept>,
    H: Service<(Stream, Option<SocketAddr>), Response = (), Error = DispatchError>,
    S: Service<Request, Response = Response<B>, Error = Response<BoxBody>>,
    B: MessageBody + 'static,
{
    // A peer that has disconnected has no address.
    let Ok(mut address) = socket.peer() else { return };
    if accept.proxy_protocol != ProxyProtocol::Off
        && let (Socket::Tcp(socket), Some(sender)) = (&mut socket, address)
    {
        let is_trusted = accept.client_address.peer(sender.ip()).is_proxy;
        let header = accept.proxy_protocol.client(socket, sender, is_trusted, accept.timeouts.head);
        // Without the box, every connection would need memory for this future.
        match Box::pin(header).await {
            Ok(client) => address = Some(client),
            Err(reason) => return accept.count(reason),
        }
    }
    let peer = address.map_or(Peer::LOCAL, |address| accept.client_address.peer(address.ip()));
    let Some(_kept) = (accept.admit)(peer) else {
        return accept.count(Some(Reason::TooMany));
    };
    if let Some(tls) = &accept.tls {
        match Box::pin(socket.with_tls(tls, accept.timeouts.head)).await {
            Ok(encrypted) => socket = encrypted,
            Err(reason) => return accept.count(reason),
        }
    }
    let http2 = accept.http2.as_ref().filter(|_| socket.is_http2());
    let stream = Stream::new(socket, worker, peer);
    if let Some(http2) = http2 {
        // Without the box, connections with HTTP/1.1 would need memory for this future.
        return Box::pin(http2.serve(stream, peer, app)).await;
    }
    let progress = Rc::clone(stream.progress());
    accept.count(match progress.run(http1.call((stream, address))).await {
        Ok(end) => end.err().and_then(|error| reason(&error, &accept.closed)),
        Err(reason) => Some(reason),
    });
}

impl<Admit> Accept<Admit> {
    fn count(&self, reason: Option<Reason>) {
        if let Some(reason) = reason {
            self.closed.count(reason);
        }
    }

    fn max_per_worker(&self) -> usize {
        self.max_connections.div_ceil(self.threads)
    }
}

/// Returns the reason for which an error closed a connection. Returns `None` if the client
/// disconnected, or did not close the connection in time. Counts the part of the request that is
/// invalid.
fn reason(error: &DispatchError, closed: &Closed) -> Option<Reason> {
    match error {
        DispatchError::Parse(error) => {
            closed.count_parse_error(invalid_part(error));
            Some(Reason::BadRequest)
        }
        DispatchError::Io(_) | DispatchError::DisconnectTimeout => None,
        _ => Some(Reason::Internal),
    }
}

fn invalid_part(error: &ParseError) -> &'static str {
    match error {
        ParseError::Method => "method",
        ParseError::Uri(_) => "uri",
        ParseError::Version => "version",
        ParseError::Header => "header",
        ParseError::TooLarge => "too_large",
        ParseError::Incomplete => "incomplete",
        _ => "other",
    }
}
