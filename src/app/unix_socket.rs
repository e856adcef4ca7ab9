//! A listening unix socket, and its file.

use std::{
    fs::{self, Permissions},
    io,
    net::Shutdown,
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt},
        net::UnixListener,
    },
    path::{Path, PathBuf},
};

use socket2::{Domain, SockAddr, SockRef, Socket, Type};

use super::capacity::BACKLOG;

/// The mode of the file. The owner and the group may connect.
const MODE: u32 = 0o660;

/// A listening unix socket. Its file remains after SIGKILL.
pub(super) struct UnixSocket {
    listener: UnixListener,
    path: PathBuf,
    /// The device and the inode of the file.
    file: (u64, u64),
}

impl UnixSocket {
    /// Creates the file and listens. Replaces the file of a process that ended.
    pub(super) fn bind(path: &Path) -> io::Result<Self> {
        remove_stale(path)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.bind(&SockAddr::unix(path)?)?;
        // No client can connect before the socket listens.
        fs::set_permissions(path, Permissions::from_mode(MODE))?;
        socket.listen(BACKLOG)?;
        Ok(Self { listener: socket.into(), path: path.to_owned(), file: identity(path)? })
    }

    pub(super) fn listener(&self) -> io::Result<UnixListener> {
        self.listener.try_clone()
    }

    /// Removes the file and rejects new connections.
    pub(super) fn close(&self) {
        // Another process may have replaced the file.
        if identity(&self.path).is_ok_and(|file| file == self.file) {
            let _ = fs::remove_file(&self.path);
        }
        let _ = SockRef::from(&self.listener).shutdown(Shutdown::Both);
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|file| (file.dev(), file.ino()))
}

/// Removes the socket's file if no process listens on it.
fn remove_stale(path: &Path) -> io::Result<()> {
    let kind = match fs::symlink_metadata(path) {
        Ok(file) => file.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !kind.is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the file is not a socket"));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // A listener with a full queue would block the probe.
    probe.set_nonblocking(true)?;
    match probe.connect(&SockAddr::unix(path)?) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Ok(()) => Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens on it")),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens on it"))
        }
        Err(error) => Err(error),
    }
}
