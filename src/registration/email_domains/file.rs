//! A list of domains in a file, read again when the file changes.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::SystemTime,
};

use super::list::DomainList;

/// What is in force of a file. A file that cannot be read any more changes nothing of it.
#[derive(Debug)]
pub(super) struct ListFile {
    setting: &'static str,
    path: PathBuf,
    may_be_empty: bool,
    domains: RwLock<Arc<DomainList>>,
    seen: Mutex<Option<Seen>>,
}

/// What tells one state of a file from the next; nothing where there is no file.
#[derive(Debug, PartialEq)]
struct Seen {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl ListFile {
    /// Reads a file that a setting names.
    ///
    /// # Errors
    /// Says in a sentence why it cannot be used.
    pub(super) fn open(
        setting: &'static str,
        path: &str,
        may_be_empty: bool,
    ) -> Result<Self, String> {
        let path = PathBuf::from(path);
        let seen = Seen::of(&path);
        let domains = read(&path, may_be_empty).map_err(|reason| format!("{setting}: {reason}"))?;
        Ok(Self {
            setting,
            path,
            may_be_empty,
            domains: RwLock::new(Arc::new(domains)),
            seen: Mutex::new(seen),
        })
    }

    /// What is in force.
    pub(super) fn domains(&self) -> Arc<DomainList> {
        Arc::clone(&self.domains.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file again where it has changed. Of one that is broken it is said once.
    pub(super) fn reload(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Before it is read, so that whatever is written meanwhile is seen the next time.
        let now = Seen::of(&self.path);
        if *seen == now {
            return;
        }
        *seen = now;
        match read(&self.path, self.may_be_empty) {
            Ok(domains) => {
                tracing::info!(setting = self.setting, domains = domains.len(), "read again");
                *self.domains.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(domains);
            }
            Err(reason) => tracing::warn!(
                setting = self.setting,
                reason,
                "the file has changed and cannot be used; what was read before stays in force"
            ),
        }
    }
}

impl Seen {
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
    let shown = path.display();
    let text =
        fs::read_to_string(path).map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
    let domains = DomainList::read(&text).map_err(|line| {
        format!("`{shown}`: line {line} is no domain, such as example.com: one a line")
    })?;
    if domains.is_empty() && !may_be_empty {
        return Err(format!("`{shown}` has no domain in it"));
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
    fn follows_its_file_and_keeps_what_it_has_where_that_is_broken() {
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
        assert!(covers("b.example"), "cut off");
        fs::write(&file.0, [0xff, 0xfe]).unwrap();
        assert!(covers("b.example"), "no text");
        fs::remove_file(&file.0).unwrap();
        assert!(covers("b.example"), "gone");
        let other = File::with("e.example");
        fs::rename(&other.0, &file.0).unwrap();
        assert!(covers("e.example") && !covers("b.example"), "another in its place");
    }

    #[test]
    fn says_in_a_sentence_why_a_file_cannot_be_used() {
        for (text, may_be_empty, expected) in [
            ("a.example\nb", true, None),
            ("", true, None),
            ("# nothing yet", true, None),
            ("", false, Some("has no domain in it")),
            ("a.example\nb c", true, Some("line 2 is no domain")),
        ] {
            let file = File::with(text);
            let sentence = file.open(may_be_empty).err();

            match expected {
                None => assert_eq!(sentence, None, "{text:?}"),
                Some(expected) => {
                    let sentence = sentence.unwrap_or_default();
                    assert!(sentence.contains(expected), "{text:?}: {sentence}");
                    assert!(sentence.starts_with("registration.email_domains.block_file: `/"));
                }
            }
        }
        let missing = ListFile::open("x", "/nowhere/domains", true).unwrap_err();
        assert!(missing.starts_with("x: `/nowhere/domains` cannot be read: "), "{missing}");
    }
}
