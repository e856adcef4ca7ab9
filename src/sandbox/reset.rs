//! A connection that ends with a TCP reset.

use std::{any::Any, io};

use actix_web::{HttpRequest, HttpResponse, dev::Extensions, web::Bytes};
use futures_util::stream;

/// Keeps a second handle of the connection's socket where the handlers find it.
///
/// actix owns the socket and hands out no way to it later, but the options of a socket belong to the
/// kernel's object and not to the handle: what is set on the second is set for both.
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

/// Ends the connection without a byte of an answer.
///
/// With `SO_LINGER` at zero, closing a socket sends RST instead of FIN. Where the second handle could
/// not be had (anything but Unix), the peer sees FIN before the answer, which leaves it just as
/// uncertain. The body that fails at its first poll makes actix drop what it has buffered.
pub(super) fn without_an_answer(request: &HttpRequest) -> HttpResponse {
    #[cfg(unix)]
    if let Some(Socket(socket)) = request.conn_data::<Socket>() {
        // Should it fail, FIN it is.
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
