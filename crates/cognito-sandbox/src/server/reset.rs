//! TCP resets.

use std::{any::Any, io};

use actix_web::{HttpRequest, HttpResponse, dev::Extensions, web::Bytes};
use futures_util::stream;

/// Stores a second handle of the connection's socket for the handlers.
///
/// actix gives handlers no access to the socket. Socket options belong to the socket, not to the
/// handle, so that an option set on the second handle applies to both.
pub(super) fn remember_socket(connection: &dyn Any, data: &mut Extensions) {
    #[cfg(unix)]
    if let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() {
        use std::os::fd::AsFd;
        if let Ok(socket) = stream.as_fd().try_clone_to_owned() {
            data.insert(Socket(socket));
        }
    }
    #[cfg(not(unix))]
    let _ = (connection, data);
}

/// Ends the connection without a byte of a response.
///
/// With `SO_LINGER` at zero a closed socket sends RST instead of FIN. On platforms other than Unix the
/// client gets a FIN. The body fails at its first poll, so that actix drops its buffer.
pub(super) fn reset_connection(request: &HttpRequest) -> HttpResponse {
    #[cfg(unix)]
    if let Some(Socket(socket)) = request.conn_data::<Socket>() {
        // If this fails, the client gets a FIN.
        let _ = socket2::SockRef::from(socket).set_linger(Some(std::time::Duration::ZERO));
    }
    #[cfg(not(unix))]
    let _ = request;
    let broken = stream::once(async {
        Err::<Bytes, _>(io::Error::other("the sandbox resets this connection on purpose"))
    });
    HttpResponse::Ok().streaming(broken)
}

#[cfg(unix)]
struct Socket(std::os::fd::OwnedFd);
