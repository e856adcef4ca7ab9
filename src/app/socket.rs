//! The listening sockets.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, ToSocketAddrs},
};

use anyhow::Context;
use socket2::{Domain, SockRef, Socket, Type};

/// Maximum number of connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// The sockets of a listener: one for each address of its host.
pub(super) struct Sockets(Vec<TcpListener>);

/// Binds a port. `section` is that of the settings.
pub(super) fn bind(section: &str, host: &str, port: u16) -> anyhow::Result<Sockets> {
    let context = || format!("{section}.host and {section}.port: {host}:{port} cannot be bound");
    let addresses = (host, port).to_socket_addrs().with_context(context)?;
    let (sockets, errors): (Vec<_>, Vec<_>) = addresses.map(listen).partition(Result::is_ok);
    // A name may have an address that this machine does not have.
    let sockets: Vec<TcpListener> = sockets.into_iter().flatten().collect();
    if sockets.is_empty() {
        let error = errors.into_iter().find_map(Result::err);
        return Err(error.unwrap_or_else(|| io::ErrorKind::NotFound.into())).with_context(context);
    }
    Ok(Sockets(sockets))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl Sockets {
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.0.first().ok_or(io::ErrorKind::NotFound)?.local_addr()
    }

    pub(super) fn listeners(&self) -> io::Result<Vec<TcpListener>> {
        self.0.iter().map(TcpListener::try_clone).collect()
    }

    /// Rejects new connections. Otherwise the system would accept them until the process ends.
    pub(super) fn close(&self) {
        for socket in &self.0 {
            // Only Linux closes a listening socket this way.
            let _ = SockRef::from(socket).shutdown(Shutdown::Both);
        }
    }
}
