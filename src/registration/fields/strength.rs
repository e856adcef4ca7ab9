//! The check of a password's strength with zxcvbn.

use secrecy::{ExposeSecret, SecretString};
use zxcvbn::zxcvbn;

use crate::{
    config::PasswordStrength,
    registration::{
        fields::email::Email,
        violation::{Violation, ViolationCode},
        violations::Violations,
    },
};

const FIELD: [&str; 1] = ["password"];

/// The maximum length of the evaluated part in characters. The whole password is at least as
/// strong.
const MAX_LENGTH: usize = 40;

/// The length of the part that zxcvbn always evaluates.
const MIN_LENGTH: usize = 12;

/// The maximum work for one password, as computed by [`evaluated`]. Without this limit, a password
/// with many symbols for letters could take seconds. Such a password is not easy to guess.
const MAX_WORK: usize = 20_000;

/// The symbols that zxcvbn reads as letters, one group per letter.
const SYMBOLS: [&str; 12] = ["4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"];

/// The maximum number of words in the user's dictionary.
const MAX_WORDS: usize = 64;

/// The maximum length of a word in characters.
const MAX_WORD: usize = 64;

/// The minimum length of a word. Shorter words are part of too many passwords.
const MIN_WORD: usize = 3;

/// The attributes that contain names.
const NAMES: [&str; 6] =
    ["family_name", "given_name", "middle_name", "name", "nickname", "preferred_username"];

/// The data of a user that an attacker tries first.
#[derive(Clone, Copy)]
pub(in crate::registration) struct GuessableData<'a> {
    pub(in crate::registration) username: Option<&'a str>,
    pub(in crate::registration) email: Option<&'a Email>,
    pub(in crate::registration) phone_digits: Option<&'a str>,
    pub(in crate::registration) attributes: &'a [(String, String)],
}

/// Checks a password that has no other violation.
pub(in crate::registration) fn check(
    password: Option<&SecretString>,
    settings: &PasswordStrength,
    data: GuessableData<'_>,
    violations: &mut Violations,
) {
    let Some(password) = password.filter(|_| settings.check && !violations.any_at(&FIELD)) else {
        return;
    };
    let score = score(password.expose_secret(), &words(data, &settings.extra_dictionary));
    if score < settings.min_score {
        let too_weak = Violation::new(&FIELD, ViolationCode::TooWeak);
        violations.push(too_weak.with("score", score).with("min", settings.min_score));
    }
}

/// Loads the dictionaries before the first request needs them.
pub(in crate::registration) fn warm_up() {
    score("warm up", &[]);
}

fn score(password: &str, words: &[&str]) -> u8 {
    zxcvbn(evaluated(password), words).score().into()
}

/// Returns the beginning of a password that zxcvbn evaluates in bounded time.
fn evaluated(password: &str) -> &str {
    let mut seen: Vec<char> = Vec::with_capacity(SYMBOLS.len());
    for (length, (place, character)) in password.char_indices().enumerate() {
        if !seen.contains(&character) && SYMBOLS.iter().any(|row| row.contains(character)) {
            seen.push(character);
        }
        let work = readings(&seen) * (length + 1).pow(2);
        if length == MAX_LENGTH || (length >= MIN_LENGTH && work > MAX_WORK) {
            return &password[..place];
        }
    }
    password
}

/// Returns the number of ways to read symbols as letters.
fn readings(symbols: &[char]) -> usize {
    let ways = |row: &&str| symbols.iter().filter(|symbol| row.contains(**symbol)).count().max(1);
    SYMBOLS.iter().map(ways).product()
}

/// Returns the words that an attacker guesses first: the configured words, the user's data, and the
/// parts of this data.
fn words<'a>(data: GuessableData<'a>, configured: &'a [String]) -> Vec<&'a str> {
    let names = data.attributes.iter().filter(|(name, _)| NAMES.contains(&name.as_str()));
    let mut wholes: Vec<&str> = [data.username, data.phone_digits].into_iter().flatten().collect();
    wholes.extend(data.email.iter().flat_map(|email| [email.as_str(), email.local_part()]));
    wholes.extend(names.map(|(_, value)| value.as_str()));
    let parts = wholes.iter().flat_map(|whole| whole.split(|c: char| !c.is_alphanumeric()));
    let mut words: Vec<&str> = configured.iter().map(String::as_str).collect();
    words.extend(wholes.iter().copied().chain(parts));
    words.retain(|word| (MIN_WORD..=MAX_WORD).contains(&word.chars().count()));
    words.truncate(MAX_WORDS);
    words
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use super::*;

    /// Returns the processor time of this thread, in steps of 10 ms. Other load on the machine does
    /// not count.
    fn processor_time() -> Duration {
        let stat = fs::read_to_string("/proc/thread-self/stat").unwrap();
        // The 12th and 13th fields after the name in parentheses are the ticks in user mode and in
        // kernel mode (proc(5)).
        let fields = stat.rsplit_once(") ").unwrap().1.split(' ');
        let ticks: u64 = fields.skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 10)
    }

    fn found(password: &str, min_score: u8, data: GuessableData<'_>) -> String {
        let settings = PasswordStrength {
            check: true,
            min_score,
            extra_dictionary: vec!["vestibule".to_owned()],
        };
        let mut violations = Violations::default();
        check(Some(&password.into()), &settings, data, &mut violations);
        let violations = violations.in_order();
        let texts = violations.iter().map(|violation| format!("{violation:?}"));
        texts.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn rejects_passwords_that_attackers_guess_first() {
        let email = Email::parse("augusta.lovelace@analytical.example").unwrap();
        let attributes =
            [("given_name", "Wilhelmina"), ("locale", "en-GB"), ("name", "Ada King-Noel")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let without_data =
            GuessableData { username: None, email: None, phone_digits: None, attributes: &[] };
        let ada = GuessableData {
            username: Some("difference-engine"),
            email: Some(&email),
            phone_digits: Some("7911123456"),
            attributes: &attributes,
        };
        for (password, data, is_weak) in [
            ("Password1!", without_data, true),
            ("P4ssw0rd!", without_data, true),
            ("Qwertyuiop1!", without_data, true),
            ("Vestibule1!", without_data, true),
            ("Correct-horse-battery-7", without_data, false),
            ("xK9#mQ2$vL", without_data, false),
            ("Analytical1!", ada, true),
            ("Wilhelmina1!", ada, true),
            ("Difference-engine1", ada, true),
            ("Augusta.Lovelace1!", ada, true),
            ("Correct-horse-battery-7", ada, false),
        ] {
            let found = found(password, 3, data);

            assert_eq!(found.contains("TooWeak"), is_weak, "{password}: {found}");
            assert!(!found.contains(password), "{found}");
        }
        assert_eq!(
            found("Password1!", 0, without_data),
            "",
            "a minimum of 0 accepts every password"
        );
        assert!(found("Password1!", 4, without_data).contains("\"min\": Number(4)"));
    }

    #[test]
    fn evaluates_every_password_in_bounded_time() {
        warm_up();
        let symbols = "4@8({[<369!1|0$5+7%2";
        for (case, password) in [
            ("symbols", symbols.chars().cycle().take(256).collect::<String>()),
            ("symbols, backwards", symbols.chars().rev().cycle().take(256).collect()),
            ("one letter", "a".repeat(256)),
            ("a word", "password".repeat(32)),
            ("a word with symbols", "p4$$w0rd1!".chars().cycle().take(256).collect()),
            ("digits", "19901231".repeat(32)),
            ("rows of keys", "qwertyuiop".chars().cycle().take(256).collect()),
            ("letters of four bytes", "\u{10428}".repeat(256)),
        ] {
            let started = processor_time();
            score(&password, &["ada", "lovelace"]);

            // A release build takes a tenth of this time.
            let took = processor_time().saturating_sub(started);
            assert!(took < Duration::from_millis(500), "{case}: {took:?}");
            assert!(evaluated(&password).chars().count() <= MAX_LENGTH, "{case}");
            assert!(
                evaluated(&password).chars().count() >= MIN_LENGTH,
                "{case}: {}",
                evaluated(&password)
            );
        }
    }

    #[test]
    fn evaluates_usual_passwords_as_a_whole() {
        for password in ["", "Correct-horse-7", "P4$$w0rd! 1990-12-31", "ünïcödé pässwörd"] {
            assert_eq!(evaluated(password), password);
        }
    }

    #[test]
    fn limits_the_number_and_length_of_words() {
        let attributes = [("name".to_owned(), "Ada Bea ".repeat(500))];
        let data = GuessableData {
            username: None,
            email: None,
            phone_digits: None,
            attributes: &attributes,
        };

        let words = words(data, &[]);

        assert_eq!(words.len(), MAX_WORDS);
        assert!(words.iter().all(|word| word.len() <= MAX_WORD));
    }
}
