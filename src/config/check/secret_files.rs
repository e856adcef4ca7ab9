//! Detection of client secret files that cannot change while the service runs.

use std::{fs, path::Path};

use crate::config::sections::Cognito;

/// Returns a warning for each client secret file that is a mount point. If a rename replaces such a
/// file on the host, a container still sees the old file.
pub(super) fn warnings(cognito: &Cognito) -> Vec<String> {
    let mounts = mounts();
    let alone = client_secret_files(cognito).filter(|(_, file)| is_mounted(file, &mounts));
    let warning = |(setting, file): (&str, &Path)| {
        format!(
            "{setting}: `{}` is mounted as a single file. The service does not see a file that replaces it on the host. Mount its folder, or restart the service after a rotation.",
            file.display()
        )
    };
    alone.map(warning).collect()
}

/// Returns the mounts of this process, or an empty string on a system other than Linux.
pub(super) fn mounts() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap_or_default()
}

fn client_secret_files(cognito: &Cognito) -> impl Iterator<Item = (&'static str, &Path)> {
    let files = [
        ("cognito.client_secret_file", cognito.client_secret_file.as_deref()),
        ("cognito.secondary_client_secret_file", cognito.secondary_client_secret_file.as_deref()),
    ];
    files.into_iter().filter_map(|(setting, file)| Some((setting, Path::new(file?))))
}

/// Returns `true` if a file is a mount point. In proc(5)'s `mountinfo`, the fifth word of a line is
/// the mount point. The word has white space, backslashes and `#` in octal.
fn is_mounted(file: &Path, mounts: &str) -> bool {
    let Ok(file) = fs::canonicalize(file) else { return false };
    let Some(file) = file.to_str() else { return false };
    let written: String = file
        .chars()
        .map(|character| match character {
            ' ' | '\t' | '\n' | '\\' | '#' => format!("\\{:03o}", u32::from(character)),
            other => other.to_string(),
        })
        .collect();
    mounts.lines().filter_map(|line| line.split(' ').nth(4)).any(|to| to == written || to == file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn detects_a_single_mounted_file_by_its_real_path() {
        let folder = std::env::temp_dir().join(format!("vestibule-{} mounts", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let folder = fs::canonicalize(folder).unwrap();
        let (file, link) = (folder.join("secret"), folder.join("link"));
        fs::write(&file, "swordfish").unwrap();
        symlink(&file, &link).unwrap();
        let to = |path: &Path| path.to_str().unwrap().replace(' ', "\\040");
        let mount = |path: &Path| {
            format!(
                "22 1 0:5 / / rw - ext4 /dev/sda rw\n36 22 98:0 /a {} rw,noatime master:1 - ext3 /dev/root rw",
                to(path)
            )
        };

        let alone = is_mounted(&file, &mount(&file));
        let by_a_link = is_mounted(&link, &mount(&file));
        let with_its_folder = is_mounted(&file, &mount(&folder));
        let without_mounts = is_mounted(&file, "");
        let nowhere = is_mounted(&folder.join("none"), &mount(&folder.join("none")));
        fs::remove_dir_all(&folder).unwrap();

        assert!(alone && by_a_link);
        assert!(!with_its_folder && !without_mounts && !nowhere);
    }
}
