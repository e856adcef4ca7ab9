//! TCP resets.

use std::{
    any::Any,
    io,
    os::fd::{AsFd, OwnedFd},
    time::Duration,
};

use actix_web::{HttpRequest, HttpResponse, dev::Extensions, rt::net::TcpStream, web::Bytes};
use futures_util::stream;
use socket2::SockRef;

/// A second handle of a connection's socket.
struct Socket(OwnedFd);

/// Stores a second handle of the connection's socket for the handlers.
///
/// actix gives handlers no access to the socket. An option that is set on one handle applies to
/// both handles.
pub(super) fn remember_socket(connection: &dyn Any, data: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<TcpStream>()
        && let Ok(socket) = stream.as_fd().try_clone_to_owned()
    {
        data.insert(Socket(socket));
    }
}

/// Ends the connection without a response.
///
/// With `SO_LINGER` at zero, a closed socket sends RST instead of FIN. The body fails at its first
/// poll. Actix then drops the buffer with the head of the response.
pub(super) fn reset_connection(request: &HttpRequest) -> HttpResponse {
    if let Some(Socket(socket)) = request.conn_data::<Socket>() {
        // If this fails, the client gets a FIN.
        let _ = SockRef::from(socket).set_linger(Some(Duration::ZERO));
    }
    let broken = stream::once(async {
        Err::<Bytes, _>(io::Error::other("the sandbox resets this connection on purpose"))
    });
    HttpResponse::Ok().streaming(broken)
}
