//! The PROXY protocol, version 2: a load balancer names its client before the first byte of HTTP.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{io::AsyncReadExt, net::TcpStream, time::timeout};

use super::closed::Reason;

const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// The use of the PROXY protocol on a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyProtocol {
    /// No connection has a header.
    Off,
    /// A connection of a trusted proxy may have a header, for example a health check.
    Accepted,
    /// Every connection has a header, and comes from a trusted proxy.
    Required,
}

/// The error of a header that is invalid, or that names a client without an IP address.
#[derive(Debug, PartialEq, Eq)]
struct Malformed;

impl ProxyProtocol {
    /// Reads the header, and returns the address of the client in it. Returns the address of the
    /// sender if the connection has no header, or if the header names no client.
    ///
    /// # Errors
    /// Returns the reason to close the connection, or `None` if the connection ended before the
    /// first byte.
    pub async fn client(
        self,
        socket: &mut TcpStream,
        sender: SocketAddr,
        is_trusted: bool,
        limit: Duration,
    ) -> Result<SocketAddr, Option<Reason>> {
        match (self, is_trusted) {
            (Self::Off, _) | (Self::Accepted, false) => return Ok(sender),
            (Self::Required, false) => return Err(Some(Reason::UntrustedPeer)),
            (Self::Accepted | Self::Required, true) => {}
        }
        let read = async {
            let mut first = [0];
            match socket.peek(&mut first).await {
                // A health check may open a connection and send nothing.
                Ok(0) | Err(_) => Err(None),
                // No request begins with the first byte of the signature.
                Ok(_) if first[0] != SIGNATURE[0] && self == Self::Accepted => Ok(sender),
                Ok(_) => {
                    let client = read_header(socket).await;
                    client
                        .map_or(Err(Some(Reason::ProxyHeader)), |found| Ok(found.unwrap_or(sender)))
                }
            }
        };
        timeout(limit, read).await.unwrap_or(Err(Some(Reason::ProxyHeader)))
    }
}

async fn read_header(socket: &mut TcpStream) -> io::Result<Option<SocketAddr>> {
    let mut fixed = [0; 16];
    socket.read_exact(&mut fixed).await?;
    let [.., high, low] = fixed;
    // Only a trusted proxy chooses this length, of at most 64 KiB.
    let mut rest = vec![0; usize::from(u16::from_be_bytes([high, low]))];
    if fixed.starts_with(&SIGNATURE) {
        socket.read_exact(&mut rest).await?;
    }
    source(&fixed, &rest).map_err(|Malformed| io::ErrorKind::InvalidData.into())
}

/// Returns the source address of a header. `fixed` has the first 16 bytes of the header. Ignores
/// further fields behind the addresses. Returns `None` if the balancer itself opened the
/// connection. Rejects a client without an IP address, because the client would count as the
/// trusted balancer.
fn source(fixed: &[u8; 16], rest: &[u8]) -> Result<Option<SocketAddr>, Malformed> {
    let [signature @ .., command, family, _, _] = fixed;
    match (*signature == SIGNATURE, command, family) {
        (true, 0x20, _) => Ok(None),
        // The source address, the destination address, and both ports.
        (true, 0x21, 0x11) => {
            let [a, b, c, d, _, _, _, _, high, low, _, _] = *rest.first_chunk().ok_or(Malformed)?;
            let port = u16::from_be_bytes([high, low]);
            Ok(Some((Ipv4Addr::new(a, b, c, d), port).into()))
        }
        (true, 0x21, 0x21) => {
            let addresses: &[u8; 36] = rest.first_chunk().ok_or(Malformed)?;
            let address: &[u8; 16] = addresses.first_chunk().ok_or(Malformed)?;
            let [high, low, _, _] = *addresses.last_chunk().ok_or(Malformed)?;
            let port = u16::from_be_bytes([high, low]);
            Ok(Some((Ipv6Addr::from(*address), port).into()))
        }
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const IPV4: [u8; 12] = [203, 0, 113, 7, 10, 0, 0, 1, 0xb5, 0xc4, 0, 80];

    fn fixed(command: u8, family: u8) -> [u8; 16] {
        let mut fixed = [0; 16];
        fixed[..12].copy_from_slice(&SIGNATURE);
        fixed[12..14].copy_from_slice(&[command, family]);
        fixed
    }

    #[test]
    fn reads_the_source_of_a_client() {
        let mut ipv6 = [0; 36];
        ipv6[..16].copy_from_slice(&"2001:db8::7".parse::<Ipv6Addr>().unwrap().octets());
        ipv6[32..34].copy_from_slice(&443_u16.to_be_bytes());
        let with_fields = [&IPV4[..], &[0x04, 0, 1, 0]].concat();
        for (case, command, family, rest, expected) in [
            ("IPv4", 0x21, 0x11, &IPV4[..], Ok(Some("203.0.113.7:46532"))),
            ("further fields", 0x21, 0x11, &with_fields, Ok(Some("203.0.113.7:46532"))),
            ("IPv6", 0x21, 0x21, &ipv6, Ok(Some("[2001:db8::7]:443"))),
            ("a health check", 0x20, 0x00, &[], Ok(None)),
            ("a health check with addresses", 0x20, 0x11, &IPV4, Ok(None)),
            ("a client without an address", 0x21, 0x00, &[], Err(Malformed)),
            ("a client of a unix socket", 0x21, 0x31, &[0; 216], Err(Malformed)),
            ("too short", 0x21, 0x11, &IPV4[..11], Err(Malformed)),
            ("IPv4 as IPv6", 0x21, 0x21, &IPV4, Err(Malformed)),
            ("a datagram", 0x21, 0x12, &IPV4, Err(Malformed)),
            ("an unknown command", 0x22, 0x11, &IPV4, Err(Malformed)),
            ("version 1", 0x11, 0x11, &IPV4, Err(Malformed)),
        ] {
            let expected = expected.map(|address| address.map(|text| text.parse().unwrap()));

            assert_eq!(source(&fixed(command, family), rest), expected, "{case}");
        }
        assert_eq!(source(b"PROXY TCP4 203.0", b".113.7 10.0.0.1 1 2\r\n"), Err(Malformed));
    }

    proptest! {
        #[test]
        fn never_panics(command: u8, family: u8, rest in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = source(&fixed(command, family), &rest);
        }
    }
}
