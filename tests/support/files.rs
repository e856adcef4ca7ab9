//! Temporary files and folders.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// A temporary file that is deleted when this value is dropped.
pub(crate) struct File(pub(crate) PathBuf);

impl File {
    pub(crate) fn new(content: &str) -> Self {
        let file = Self(env::temp_dir().join(format!("vestibule-{}", Uuid::new_v4())));
        file.write(content);
        file
    }

    pub(crate) fn write(&self, content: &str) {
        fs::write(&self.0, content).expect("the file is written");
    }

    pub(crate) fn name(&self) -> &str {
        self.0.to_str().expect("the path is text")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A temporary folder that is deleted when this value is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Creates a folder whose name is `vestibule-`, `kind`, and a random UUID.
    pub(crate) fn new(kind: &str) -> Self {
        let folder = env::temp_dir().join(format!("vestibule-{kind}-{}", Uuid::new_v4()));
        fs::create_dir(&folder).expect("the folder is created");
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
