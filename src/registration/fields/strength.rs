//! How hard a password is to guess.

use secrecy::{ExposeSecret, SecretString};
use zxcvbn::zxcvbn;

use crate::{
    config::PasswordStrength,
    registration::{
        fields::email::Email,
        mistakes::Mistakes,
        violation::{Violation, ViolationCode},
    },
};

const FIELD: [&str; 1] = ["password"];

/// So many characters are judged. What these withstand, the whole withstands.
const MAX_LENGTH: usize = 40;

/// So many are judged however much work it is.
const MIN_LENGTH: usize = 12;

/// So much work is done for one password. Who writes symbols for letters in every way at once
/// would cause seconds of it, and writes nothing that is easy to guess.
const MAX_WORK: usize = 20_000;

/// The symbols that are written for letters.
const SYMBOLS: [&str; 12] = ["4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"];

/// So many words of the person's own are looked for, each up to so many characters.
const MAX_WORDS: usize = 64;
const MAX_WORD: usize = 64;

/// Shorter parts are in too many passwords.
const MIN_WORD: usize = 3;

/// The attributes that name somebody.
const NAMES: [&str; 6] =
    ["family_name", "given_name", "middle_name", "name", "nickname", "preferred_username"];

/// What whoever guesses knows of a person.
#[derive(Clone, Copy)]
pub(in crate::registration) struct Person<'a> {
    pub(in crate::registration) username: Option<&'a str>,
    pub(in crate::registration) email: Option<&'a Email>,
    pub(in crate::registration) phone_digits: Option<&'a str>,
    pub(in crate::registration) attributes: &'a [(String, String)],
}

/// Judges a password that breaks no other rule.
pub(in crate::registration) fn check(
    password: Option<&SecretString>,
    settings: &PasswordStrength,
    person: Person<'_>,
    mistakes: &mut Mistakes,
) {
    let Some(password) = password.filter(|_| settings.check && !mistakes.any_at(&FIELD)) else {
        return;
    };
    let score = score(password.expose_secret(), &words(person, &settings.extra_dictionary));
    if score < settings.min_score {
        let too_weak = Violation::new(&FIELD, ViolationCode::TooWeak);
        mistakes.push(too_weak.with("score", score).with("min", settings.min_score));
    }
}

/// Reads the dictionaries before anybody waits for them.
pub(in crate::registration) fn warm_up() {
    score("warm up", &[]);
}

fn score(password: &str, words: &[&str]) -> u8 {
    zxcvbn(judged(password), words).score().into()
}

/// The beginning of a password that is judged within bounds.
fn judged(password: &str) -> &str {
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

/// In how many ways symbols can be read as letters.
fn readings(symbols: &[char]) -> usize {
    let ways = |row: &&str| symbols.iter().filter(|symbol| row.contains(**symbol)).count().max(1);
    SYMBOLS.iter().map(ways).product()
}

/// What is guessed first: the service's own words, what the form says of the person, and the
/// parts of that.
fn words<'a>(person: Person<'a>, own: &'a [String]) -> Vec<&'a str> {
    let names = person.attributes.iter().filter(|(name, _)| NAMES.contains(&name.as_str()));
    let mut wholes: Vec<&str> =
        [person.username, person.phone_digits].into_iter().flatten().collect();
    wholes.extend(person.email.iter().flat_map(|email| [email.as_str(), email.local_part()]));
    wholes.extend(names.map(|(_, value)| value.as_str()));
    let parts = wholes.iter().flat_map(|whole| whole.split(|c: char| !c.is_alphanumeric()));
    let mut words: Vec<&str> = own.iter().map(String::as_str).collect();
    words.extend(wholes.iter().copied().chain(parts));
    words.retain(|word| (MIN_WORD..=MAX_WORD).contains(&word.chars().count()));
    words.truncate(MAX_WORDS);
    words
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use super::*;

    /// Returns the time for which this thread has had a processor, in steps of 10 ms. Other load
    /// on the machine does not count.
    fn processor_time() -> Duration {
        let stat = fs::read_to_string("/proc/thread-self/stat").unwrap();
        // The name is in parentheses; the 12th and 13th field behind it are the ticks in user and
        // in kernel mode (proc(5)).
        let fields = stat.rsplit_once(") ").unwrap().1.split(' ');
        let ticks: u64 = fields.skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 10)
    }

    fn found(password: &str, min_score: u8, person: Person<'_>) -> String {
        let settings = PasswordStrength {
            check: true,
            min_score,
            extra_dictionary: vec!["vestibule".to_owned()],
        };
        let mut mistakes = Mistakes::default();
        check(Some(&password.into()), &settings, person, &mut mistakes);
        let mistakes = mistakes.in_order();
        let texts = mistakes.iter().map(|mistake| format!("{mistake:?}"));
        texts.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn refuses_what_is_guessed_first() {
        let email = Email::parse("augusta.lovelace@analytical.example").unwrap();
        let attributes =
            [("given_name", "Wilhelmina"), ("locale", "en-GB"), ("name", "Ada King-Noel")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let nobody = Person { username: None, email: None, phone_digits: None, attributes: &[] };
        let ada = Person {
            username: Some("difference-engine"),
            email: Some(&email),
            phone_digits: Some("7911123456"),
            attributes: &attributes,
        };
        for (password, person, is_weak) in [
            ("Password1!", nobody, true),
            ("P4ssw0rd!", nobody, true),
            ("Qwertyuiop1!", nobody, true),
            ("Vestibule1!", nobody, true),
            ("Correct-horse-battery-7", nobody, false),
            ("xK9#mQ2$vL", nobody, false),
            ("Analytical1!", ada, true),
            ("Wilhelmina1!", ada, true),
            ("Difference-engine1", ada, true),
            ("Augusta.Lovelace1!", ada, true),
            ("Correct-horse-battery-7", ada, false),
        ] {
            let found = found(password, 3, person);

            assert_eq!(found.contains("TooWeak"), is_weak, "{password}: {found}");
            assert!(!found.contains(password), "{found}");
        }
        assert_eq!(found("Password1!", 0, nobody), "", "everything is good enough");
        assert!(found("Password1!", 4, nobody).contains("\"min\": Number(4)"));
    }

    #[test]
    fn takes_bounded_time_for_whatever_is_typed() {
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

            // In a release build it is a tenth of that.
            let took = processor_time().saturating_sub(started);
            assert!(took < Duration::from_millis(500), "{case}: {took:?}");
            assert!(judged(&password).chars().count() <= MAX_LENGTH, "{case}");
            assert!(
                judged(&password).chars().count() >= MIN_LENGTH,
                "{case}: {}",
                judged(&password)
            );
        }
    }

    #[test]
    fn judges_what_people_type_as_a_whole() {
        for password in ["", "Correct-horse-7", "P4$$w0rd! 1990-12-31", "ünïcödé pässwörd"] {
            assert_eq!(judged(password), password);
        }
    }

    #[test]
    fn bounds_the_words() {
        let attributes = [("name".to_owned(), "Ada Bea ".repeat(500))];
        let person =
            Person { username: None, email: None, phone_digits: None, attributes: &attributes };

        let words = words(person, &[]);

        assert_eq!(words.len(), MAX_WORDS);
        assert!(words.iter().all(|word| word.len() <= MAX_WORD));
    }
}
