//! The listening sockets.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, ToSocketAddrs},
    os::unix::net::UnixListener,
    path::Path,
};

use anyhow::anyhow;
use socket2::{Domain, SockRef, Socket, Type};
use tokio::sync::watch;

use super::{capacity::BACKLOG, unix_socket::UnixSocket};

/// The sockets of a listener.
pub(super) struct Sockets {
    /// The TCP sockets, one for each address of the host.
    tcp: Vec<TcpListener>,
    unix: Option<UnixSocket>,
    /// `true` from [`Sockets::close`] on.
    is_closed: watch::Sender<bool>,
}

/// Binds a port. `section` is the name of the settings' section, for errors.
pub(super) fn bind(section: &str, host: &str, port: u16) -> anyhow::Result<Sockets> {
    let failed = |error: io::Error| {
        anyhow!("{section}.port: {host}:{port} cannot be bound: {error}. Change host or port.")
    };
    let addresses = (host, port).to_socket_addrs().map_err(failed)?;
    let (sockets, errors): (Vec<_>, Vec<_>) = addresses.map(listen).partition(Result::is_ok);
    // A host name may resolve to an address that this machine does not have.
    let tcp: Vec<TcpListener> = sockets.into_iter().flatten().collect();
    if tcp.is_empty() {
        let error = errors.into_iter().find_map(Result::err);
        return Err(failed(error.unwrap_or_else(|| io::ErrorKind::NotFound.into())));
    }
    Ok(Sockets { tcp, unix: None, is_closed: watch::Sender::default() })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl Sockets {
    /// Adds the unix socket of `server.unix_socket`, if the setting has a path.
    pub(super) fn with_unix_socket(mut self, path: Option<&str>) -> anyhow::Result<Self> {
        if let Some(path) = path {
            let socket = UnixSocket::bind(Path::new(path)).map_err(|error| {
                anyhow!("server.unix_socket: `{path}` is not usable: {error}. Change the path.")
            })?;
            self.unix = Some(socket);
        }
        Ok(self)
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.first().ok_or(io::ErrorKind::NotFound)?.local_addr()
    }

    pub(super) fn tcp(&self) -> io::Result<Vec<TcpListener>> {
        self.tcp.iter().map(TcpListener::try_clone).collect()
    }

    pub(super) fn unix(&self) -> io::Result<Option<UnixListener>> {
        self.unix.as_ref().map(UnixSocket::listener).transpose()
    }

    /// Returns a value that becomes `true` when the service rejects new connections.
    pub(super) fn closing(&self) -> watch::Receiver<bool> {
        self.is_closed.subscribe()
    }

    /// Rejects new connections. Otherwise, the system would accept them until the process ends.
    pub(super) fn close(&self) {
        self.is_closed.send_replace(true);
        if let Some(socket) = &self.unix {
            socket.close();
        }
        for socket in &self.tcp {
            // Only Linux closes a listening socket this way.
            let _ = SockRef::from(socket).shutdown(Shutdown::Both);
        }
    }
}
