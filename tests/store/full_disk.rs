//! A SQLite file on a full disk.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
    process::Command,
};

use crate::{
    database::Database,
    process::Process,
    site::{InPool, Site, assert_replayed, form},
    support::{Response, files::Folder},
};

/// A small file system in memory.
struct SmallDisk(Folder);

impl SmallDisk {
    fn new() -> Self {
        let folder = Folder::new("disk");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m,mode=777", "vestibule-test"])
            .arg(folder.path())
            .output()
            .expect("there is `mount`");
        assert!(
            mounted.status.success(),
            "this test mounts a small disk, which takes root (or CAP_SYS_ADMIN): {mounted:?}"
        );
        Self(folder)
    }

    /// Writes until the disk is full.
    fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.filler());
        let file = file.as_mut().expect("the file is made");
        for size in [65_536, 1] {
            let error = loop {
                if let Err(error) = file.write_all(&vec![0; size]) {
                    break error;
                }
            };
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{error}");
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.filler()).expect("it is full");
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, because the file may still be open.
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

/// Registers new users until the service rejects three consecutive ones. The sign-ups in between
/// use the free pages of the file.
async fn fill_up(site: &Site, replica: &Process) -> Vec<(String, Response)> {
    let mut responses: Vec<(String, Response)> = Vec::new();
    let mut rejected = 0;
    for number in 0..2_000 {
        let email = format!("somebody-{number}@example.com");
        let response = site.register(replica, &email, &form(&email)).await;
        rejected = if response.status == 503 { rejected + 1 } else { 0 };
        responses.push((email, response));
        if rejected == 3 {
            return responses;
        }
    }
    panic!("the disk is full, and no user was rejected");
}

#[actix_web::test]
async fn rejects_and_creates_nothing_until_there_is_room_again() {
    let disk = SmallDisk::new();
    // The database is on the small disk, and the folder disappears with it.
    let database = Database::in_place(&disk.0.path().join("vestibule.db"));
    let site = Site::on(database, &[("DATABASE__TIMEOUT", "1s")]).await;
    let replica = site.replica().await;
    let before = site.register(&replica, "ada@example.com", &form("ada@example.com")).await;
    assert_eq!(before.status, 201, "{}", before.text);

    disk.fill();
    let responses = fill_up(&site, &replica).await;
    let without_key = site.register_without_key(&replica, &form("eve@example.com")).await;
    let not_ready = site.until_ready_is(&replica, 503).await;
    for (email, response) in &responses {
        match response.status {
            201 => assert_eq!(site.in_pool(email), InPool { accounts: 1, calls: 1 }, "{email}"),
            503 => {
                response.assert_problem(503, "unavailable", email);
                assert_eq!(site.in_pool(email), InPool { accounts: 0, calls: 0 }, "{email}");
            }
            // No client gets a success, because the disk became full between the claim and the
            // response.
            _ => assert!(matches!(response.status, 502 | 504), "{email}: {}", response.text),
        }
    }
    without_key.assert_problem(503, "unavailable", "without a key");
    assert!(
        not_ready.text.contains("database_unavailable"),
        "the response states the reason: {}",
        not_ready.text
    );

    disk.make_room();
    site.until_ready_is(&replica, 200).await;
    let again = site.register(&replica, "ada@example.com", &form("ada@example.com")).await;
    assert_replayed(&again, &before, "before the disk was full");
    for (email, response) in &responses {
        let again = site.register_patiently(&replica, email, &form(email)).await;
        match response.status {
            201 => assert_replayed(&again, response, email),
            503 => assert_eq!(again.status, 201, "{email}: {}", again.text),
            _ => assert!(matches!(again.status, 201 | 202), "{email}: {}", again.text),
        }
        assert_eq!(site.in_pool(email).accounts, 1, "{email}");
    }
    site.assert_audit_log_is_intact().await;
}
