//! The messages to systemd.

use std::os::unix::net::UnixDatagram;

use crate::{
    process::{Process, vestibule},
    support::{environment, files::Folder, pool},
    wait::until_found,
};

/// Waits for a message with this line, and returns it.
async fn wait_for(manager: &UnixDatagram, line: &str) -> String {
    let look = async || {
        let mut buffer = [0; 1024];
        let length = manager.recv(&mut buffer).map_err(|_| "no message")?;
        let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if message.lines().any(|sent| sent == line) { Ok(message) } else { Err("another message") }
    };
    until_found(line, look).await
}

#[actix_web::test]
async fn notifies_the_service_manager_of_start_reload_liveness_and_stop() {
    let folder = Folder::new("service-manager");
    let socket = folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).expect("the socket is bound");
    manager.set_nonblocking(true).expect("the socket works");
    let pool = pool(&[]).await;
    let mut command = vestibule(&["serve"]);
    command.envs(environment(&[], &pool.url()));
    command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "200000");

    let mut process = Process::start(command).await;
    wait_for(&manager, "READY=1").await;
    wait_for(&manager, "WATCHDOG=1").await;
    wait_for(&manager, "WATCHDOG=1").await;
    process.signal("HUP");
    let reloading = wait_for(&manager, "RELOADING=1").await;
    wait_for(&manager, "READY=1").await;
    process.signal("TERM");
    wait_for(&manager, "STOPPING=1").await;
    // No process reads further messages.
    drop(manager);

    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    assert_eq!(process.wait_for_exit().await.code(), Some(0), "{}", process.all_output());
}

#[actix_web::test]
async fn an_unreachable_service_manager_stops_nothing() {
    let pool = pool(&[]).await;
    let mut command = vestibule(&["serve"]);
    command.envs(environment(&[], &pool.url())).env("NOTIFY_SOCKET", "/nowhere/notify");

    let mut process = Process::start(command).await;
    process.signal("TERM");

    assert_eq!(process.wait_for_exit().await.code(), Some(0));
    assert!(process.all_output().contains("service manager not notified"));
}
