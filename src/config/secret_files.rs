//! Files that hold secrets, and whether they can change, and may.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use super::{Cognito, Config};

/// What `vestibule secret rotate` has beside the file that it replaces.
const BESIDE: [&str; 2] = [".next", ".previous"];

/// A rotation replaces the client secret's file: whatever else were read from it would change,
/// too, and with `database.key` every digest.
pub(super) fn check(config: &Config, mistakes: &mut Vec<String>) {
    let (cognito, database) = (&config.cognito, &config.database);
    for (setting, file) in [
        ("cognito.signature.signing_key_file", &cognito.signature.signing_key_file),
        ("database.key_file", &database.key_file),
        ("limits.store_password_file", &config.limits.store_password_file),
        ("humanity.siteverify.secret_file", &config.humanity.siteverify.secret_file),
    ] {
        let Some(file) = file.as_deref().map(Path::new) else { continue };
        for (its_setting, its_file) in client_secret_files(cognito) {
            if is_same(file, its_file) {
                mistakes.push(format!("{setting}: `{}` is the file of {its_setting}, and would change when that secret is rotated: give it a file of its own, with the same text where that is meant", file.display()));
            } else if is_beside(file, its_file) {
                mistakes.push(format!("{setting}: `{}` is what `vestibule secret rotate` writes beside the file of {its_setting}, and would change with the next rotation: give it a file of its own, with the same text where that is meant", file.display()));
            }
        }
    }
}

/// Says which of the client secret's files cannot change while the service runs.
pub(super) fn warnings(cognito: &Cognito) -> Vec<String> {
    // Elsewhere than on Linux there is nothing to be read.
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let alone = client_secret_files(cognito).filter(|(_, file)| is_mounted(file, &mounts));
    let warning = |(setting, file): (&str, &Path)| {
        format!(
            "{setting}: `{}` is mounted alone, so that a file which takes its place outside is not seen in here, whoever rotates the secret: mount the folder that it is in, or start anew after a rotation",
            file.display()
        )
    };
    alone.map(warning).collect()
}

fn client_secret_files(cognito: &Cognito) -> impl Iterator<Item = (&'static str, &Path)> {
    let files = [
        ("cognito.client_secret_file", cognito.client_secret_file.as_deref()),
        ("cognito.secondary_client_secret_file", cognito.secondary_client_secret_file.as_deref()),
    ];
    files.into_iter().filter_map(|(setting, file)| Some((setting, Path::new(file?))))
}

/// Whichever ways lead there: links are followed.
fn is_same(one: &Path, other: &Path) -> bool {
    let id = |file: &Path| fs::metadata(file).map(|found| (found.dev(), found.ino())).ok();
    id(one).is_some_and(|one| Some(one) == id(other))
}

fn is_beside(file: &Path, secret: &Path) -> bool {
    let (Ok(file), Ok(secret)) = (fs::canonicalize(file), fs::canonicalize(secret)) else {
        return false;
    };
    BESIDE.iter().any(|ending| {
        let mut beside = secret.clone().into_os_string();
        beside.push(ending);
        file.as_os_str() == beside
    })
}

/// Whether a file is itself what something was mounted to, by the lines of proc(5)'s
/// `mountinfo`: the fifth word of each is where, with blanks and backslashes in octal.
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

    use super::{super::Sources, *};

    #[test]
    fn a_file_that_is_mounted_alone_is_known_by_its_real_path() {
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

    fn load(more: &[(&str, &str)]) -> Result<Config, String> {
        let pool = [
            ("VESTIBULE__COGNITO__REGION", "us-east-1"),
            ("VESTIBULE__COGNITO__USER_POOL_ID", "us-east-1_EXAMPLE"),
            ("VESTIBULE__COGNITO__CLIENT_ID", "1example23456789"),
        ];
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: Vec<_> = pool.iter().chain(more).map(owned).collect();
        let sources = Sources { environment: &environment, ..Sources::default() };
        Config::load(sources).map_err(|error| error.to_string())
    }

    #[test]
    fn no_other_secret_is_read_from_a_file_that_a_rotation_changes() {
        let folder = std::env::temp_dir().join(format!("vestibule-{}-files", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let name = |file: &str| folder.join(file).to_str().unwrap().to_owned();
        let text = "swordfish-of-at-least-thirty-two-characters";
        for file in ["secret", "secret.previous", "secret.next", "second", "apart"] {
            fs::write(folder.join(file), text).unwrap();
        }
        symlink(folder.join("secret"), folder.join("link")).unwrap();
        fs::hard_link(folder.join("secret"), folder.join("hard")).unwrap();
        let settings = [
            "COGNITO__SIGNATURE__SIGNING_KEY_FILE",
            "DATABASE__KEY_FILE",
            "LIMITS__STORE_PASSWORD_FILE",
            "HUMANITY__SITEVERIFY__SECRET_FILE",
        ];

        for (file, expected) in [
            ("secret", Some("is the file of cognito.client_secret_file, and would change")),
            ("../secret", Some("is the file of cognito.client_secret_file, and would change")),
            ("link", Some("is the file of cognito.client_secret_file, and would change")),
            ("hard", Some("is the file of cognito.client_secret_file, and would change")),
            ("second", Some("is the file of cognito.secondary_client_secret_file")),
            ("secret.previous", Some("writes beside the file of cognito.client_secret_file")),
            ("secret.next", Some("writes beside the file of cognito.client_secret_file")),
            ("apart", None),
        ] {
            let parent = folder.file_name().unwrap().to_str().unwrap();
            let file = file.replace("../", &format!("../{parent}/"));
            for setting in settings {
                let variable = format!("VESTIBULE__{setting}");
                let refusal = load(&[
                    ("VESTIBULE__COGNITO__CLIENT_SECRET", ""),
                    ("VESTIBULE__COGNITO__CLIENT_SECRET_FILE", &name("secret")),
                    ("VESTIBULE__COGNITO__SECONDARY_CLIENT_SECRET_FILE", &name("second")),
                    (&variable, &name(&file)),
                ])
                .err()
                .unwrap_or_default();

                match expected {
                    Some(expected) => assert!(refusal.contains(expected), "{setting}: {refusal}"),
                    None => assert!(!refusal.contains("would change"), "{setting}: {refusal}"),
                }
                let own = setting.to_lowercase().replace("__", ".");
                assert_eq!(refusal.contains(&format!("{own}: ")), expected.is_some(), "{refusal}");
                assert!(!refusal.contains("swordfish"), "{refusal}");
            }
        }
        let beside = name("secret.previous");
        let both = load(&[
            ("VESTIBULE__COGNITO__CLIENT_SECRET", ""),
            ("VESTIBULE__COGNITO__CLIENT_SECRET_FILE", &name("secret")),
            ("VESTIBULE__COGNITO__SECONDARY_CLIENT_SECRET_FILE", &beside),
        ]);
        fs::remove_dir_all(&folder).unwrap();
        assert!(both.is_ok(), "the secret before is what that file is for: {both:?}");
    }
}
