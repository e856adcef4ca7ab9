use std::net::IpAddr;

use crate::config::sections::Admin;

/// Returns a warning if the admin listener, which has no authentication, is on every network of a
/// machine. In a container, clients reach only published ports.
pub(super) fn warning(admin: &Admin, mounts: &str) -> Option<String> {
    let is_on_every_network =
        admin.host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_unspecified());
    let is_warned = is_on_every_network && !is_in_container(mounts);
    is_warned.then(|| format!("admin.host is \"{}\": clients on every network of this machine can read health and metrics. Use 127.0.0.1, or an address that only the monitoring can reach.", admin.host))
}

/// Returns `true` if the root is an overlay, as in containers of Docker, containerd and Podman.
fn is_in_container(mounts: &str) -> bool {
    mounts.lines().any(|line| {
        // proc(5): the mount point is the fifth word, and the file system follows a dash.
        let system = line.split_once(" - ").and_then(|(_, rest)| rest.split(' ').next());
        line.split(' ').nth(4) == Some("/") && matches!(system, Some("overlay" | "fuse-overlayfs"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warns_about_an_open_admin_listener_outside_a_container() {
        let machine = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n30 27 0:25 / /var/lib/docker/overlay2/a/merged rw - overlay overlay rw";
        let container = "700 600 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/a";
        for (host, mounts, is_warned) in [
            ("0.0.0.0", machine, true),
            ("::", machine, true),
            ("::ffff:0.0.0.0", machine, true),
            ("0.0.0.0", "", true),
            ("0.0.0.0", container, false),
            ("::", container, false),
            ("127.0.0.1", machine, false),
            ("10.0.0.7", machine, false),
            ("localhost", machine, false),
        ] {
            let admin = Admin { host: host.to_owned(), port: 9090 };

            let warning = warning(&admin, mounts);

            assert_eq!(warning.is_some(), is_warned, "{host}: {mounts}");
            assert!(warning.is_none_or(|warning| warning.contains(host)), "{host}");
        }
    }
}
