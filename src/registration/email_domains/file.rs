use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::SystemTime,
};

use super::list::DomainList;

/// A list of domains in a file. If the file becomes unusable, the service keeps the last usable
/// list.
#[derive(Debug)]
pub(super) struct ListFile {
    setting: &'static str,
    path: PathBuf,
    may_be_empty: bool,
    domains: RwLock<Arc<DomainList>>,
    version: Mutex<Option<Version>>,
}

/// The metadata by which the service detects a change of the file.
#[derive(Debug, PartialEq)]
struct Version {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl ListFile {
    pub(super) fn open(
        setting: &'static str,
        path: &str,
        may_be_empty: bool,
    ) -> Result<Self, String> {
        let path = PathBuf::from(path);
        let version = Version::of(&path);
        let domains = read(&path, may_be_empty).map_err(|reason| format!("{setting}: {reason}"))?;
        Ok(Self {
            setting,
            path,
            may_be_empty,
            domains: RwLock::new(Arc::new(domains)),
            version: Mutex::new(version),
        })
    }

    pub(super) fn domains(&self) -> Arc<DomainList> {
        Arc::clone(&self.domains.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file again if it has changed. Logs an unusable file once.
    pub(super) fn reload(&self) {
        let mut version = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        // Reads the metadata before the file. The next reload then detects a change during the
        // read.
        let now = Version::of(&self.path);
        if *version == now {
            return;
        }
        *version = now;
        match read(&self.path, self.may_be_empty) {
            Ok(domains) => {
                tracing::info!(
                    setting = self.setting,
                    domains = domains.len(),
                    "domain list reloaded"
                );
                *self.domains.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(domains);
            }
            Err(reason) => tracing::warn!(
                setting = self.setting,
                reason,
                "domain list unusable, keeping the previous list"
            ),
        }
    }
}

impl Version {
    fn of(path: &PathBuf) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            inode: metadata.ino(),
        })
    }
}

fn read(path: &PathBuf, may_be_empty: bool) -> Result<DomainList, String> {
    let file = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        format!("cannot read `{file}`: {error}. Correct the path or its permissions.")
    })?;
    let domains = DomainList::parse(&text).map_err(|line| {
        format!("`{file}`: line {line} is not a domain. Use a domain such as example.com.")
    })?;
    if domains.is_empty() && !may_be_empty {
        return Err(format!("`{file}` contains no domain. Add a domain, or remove the setting."));
    }
    Ok(domains)
}

#[cfg(test)]
mod tests {
    use std::{env, path::Path};

    use uuid::Uuid;

    use super::*;

    struct File(PathBuf);

    impl File {
        fn with(text: &str) -> Self {
            let path = env::temp_dir().join(format!("vestibule-domains-{}", Uuid::new_v4()));
            fs::write(&path, text).unwrap();
            Self(path)
        }

        fn open(&self, may_be_empty: bool) -> Result<ListFile, String> {
            ListFile::open("registration.email_domains.block_file", path(&self.0), may_be_empty)
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    fn path(path: &Path) -> &str {
        path.to_str().unwrap()
    }

    #[test]
    fn reloads_a_changed_file_and_keeps_the_list_if_the_file_is_unusable() {
        let file = File::with("a.example\n");
        let list = file.open(false).unwrap();
        let covers = |domain: &str| {
            list.reload();
            list.domains().covers(domain)
        };
        assert!(covers("a.example"));

        fs::write(&file.0, "b.example\nc.example\n").unwrap();
        assert!(covers("c.example") && !covers("a.example"), "changed");
        fs::write(&file.0, "d.example\nnot a domain\n").unwrap();
        assert!(covers("b.example") && !covers("d.example"), "broken");
        fs::write(&file.0, "").unwrap();
        assert!(covers("b.example"), "truncated");
        fs::write(&file.0, [0xff, 0xfe]).unwrap();
        assert!(covers("b.example"), "not UTF-8");
        fs::remove_file(&file.0).unwrap();
        assert!(covers("b.example"), "deleted");
        let other = File::with("e.example");
        fs::rename(&other.0, &file.0).unwrap();
        assert!(covers("e.example") && !covers("b.example"), "replaced");
    }

    #[test]
    fn reports_why_a_file_cannot_be_used() {
        for (text, may_be_empty, expected) in [
            ("a.example\nb", true, None),
            ("", true, None),
            ("# nothing yet", true, None),
            ("", false, Some("contains no domain")),
            ("a.example\nb c", true, Some("line 2 is not a domain")),
        ] {
            let file = File::with(text);
            let error = file.open(may_be_empty).err();

            match expected {
                None => assert_eq!(error, None, "{text:?}"),
                Some(expected) => {
                    let error = error.unwrap_or_default();
                    assert!(error.contains(expected), "{text:?}: {error}");
                    assert!(error.starts_with("registration.email_domains.block_file: `/"));
                }
            }
        }
        let missing = ListFile::open("x", "/nowhere/domains", true).unwrap_err();
        assert!(missing.starts_with("x: cannot read `/nowhere/domains`: "), "{missing}");
    }
}
