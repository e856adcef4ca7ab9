//! Valid, nearly valid and invalid forms.

use proptest::{collection::vec, prelude::*, sample::select, strategy::Union};
use serde_json::{Map, Value, json};

use super::settings::{ATTRIBUTES, KEYS};

/// Values as users type them. Some values are nearly valid.
const TYPED: [&str; 101] = [
    "",
    "a",
    "ada",
    "Ada",
    "Ada Lovelace",
    "Grace Hopper",
    "O'Hara",
    "Zoë",
    "@ada",
    "+ada",
    "@@",
    "ada@",
    "a@b",
    "a@@b",
    "ada@example.com",
    "Ada@Example.COM",
    "ada@localhost",
    "ada@gamil.com",
    "ada@mailinator.com",
    "ada@mail.blocked.example.com",
    "ada@[127.0.0.1]",
    "ada@example.Test",
    "ada@example.123",
    "ada@1.example",
    "ada@a--b.example",
    "ada@exa_mple.com",
    "ada@example.com.",
    "ada@-a.example",
    "ada@münchen.example",
    "ada@例え。jp",
    "ada@xn--a.com",
    "ada@XN--MNCHEN-3ya.example",
    "ada@\u{a0}example.com",
    "ada@exam%70le.com",
    ".ada@example.com",
    "a..da@example.com",
    "ädä@example.com",
    "o'hara+x@example.co.uk",
    "ada@localhost\u{a0}",
    "+14155550100",
    "+1 (415) 555-0100",
    "＋44 ７９１１ 123456",
    "+15551234567",
    "+447911123456",
    "+",
    "++1",
    "+1 800 FLOWERS",
    "+٤٤ ٧٩١١ ١٢٣٤٥٦",
    "07911 123456",
    "٠٧٩١١ ١٢٣٤٥٦",
    "(07911) 123456",
    "447911123456",
    "1 High St\nLondon",
    "Ada evil.example",
    "https://evil.example/win",
    "1952-02-29",
    "1951-02-29",
    "1900-02-29",
    "1899-12-31",
    "1900-01-01",
    "2000-02-29",
    "2025-12-31",
    "2026-01-01",
    "2999-12-31",
    "2001-13-01",
    "2001-04-31",
    "1999-12-31",
    "20010101",
    "0000-00-00",
    "de",
    "de_DE",
    "DE-de",
    "zh-hant-tw",
    "english",
    "en-US-u-ca-buddhist",
    "de-u-co-phonebk",
    "sl-rozaj-biske",
    "en_US.UTF-8",
    "und",
    "en-",
    "en-u",
    "de-1996",
    "en-a",
    "x-private",
    "i-klingon",
    "Europe/Paris",
    "europe/paris",
    "Etc/GMT+1",
    "UTC",
    "Europe/Atlantis",
    "https://example.com/ada",
    "HTTP://Example.com",
    "https://localhost/",
    "ftp://example.com",
    "https://ada:pw@example.com/",
    "https://exämple.com/\u{202e}",
    "free",
    "team",
    " free",
    "a.b*c",
    "Correct-horse-7",
];

const NUMBERS: [&str; 15] = [
    "0",
    "-0",
    "+0042",
    "42",
    "-7",
    "+-7",
    "1.5",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "000009223372036854775807",
    "10000000000000000000",
    "0x1",
    "٤",
];

const PASSWORDS: [&str; 12] = [
    "Correct-horse-7",
    "Sw0rd fish",
    " Sw0rdfish",
    "Sw0rdfish\u{3000}",
    "Sw0rd\tfish",
    "short",
    "ALLUPPER1!",
    "alllower1!",
    "NoNumber!!",
    "N0symbol",
    "Ada@example.com-7",
    "Sw0rdfish\u{2028}!",
];

/// White space, control characters, invisible characters, accents, an emoji, `@` and `+`.
const HOSTILE: [&str; 23] = [
    " ",
    "\u{a0}",
    "\t",
    "\n",
    "\u{85}",
    "\u{feff}",
    "\u{200b}",
    "\u{2028}",
    "\u{202e}",
    "\u{61c}",
    "\u{0}",
    "\u{7f}",
    "\u{3000}",
    "\u{301}",
    "é",
    "🦀",
    "@",
    "+",
    "\u{ad}",
    "\u{fe0f}",
    "\u{200d}",
    "\u{3164}",
    "\u{e0061}",
];

/// Lengths at the limits of form rules.
const BORDERS: [usize; 12] = [1, 6, 8, 12, 40, 63, 64, 99, 128, 254, 256, 2048];

pub(super) fn any_text() -> impl Strategy<Value = String> {
    let typed = || {
        prop_oneof![
            6 => select(&TYPED[..]),
            2 => select(&NUMBERS[..]),
            3 => select(&PASSWORDS[..]),
        ]
    };
    let hostile = || select(&HOSTILE[..]);
    let with_hostile =
        (typed(), hostile(), any::<prop::sample::Index>()).prop_map(|(typed, hostile, place)| {
            let places: Vec<usize> =
                typed.char_indices().map(|(place, _)| place).chain([typed.len()]).collect();
            let mut text = typed.to_owned();
            text.insert_str(*place.get(&places), hostile);
            text
        });
    let at_a_border = (
        typed(),
        select(vec!['a', 'A', '7', ' ', 'é', '🦀', '-', '@']),
        select(&BORDERS[..]),
        0_usize..3,
        any::<bool>(),
    )
        .prop_map(|(typed, filler, border, around, is_before)| {
            let missing = (border + around).saturating_sub(1 + typed.chars().count());
            let filler: String = std::iter::repeat_n(filler, missing).collect();
            if is_before { filler + typed } else { typed.to_owned() + &filler }
        });
    let shaped = Union::new(vec![
        r"[ \t\u{a0}]?[A-Za-z0-9.+'é]{1,9}@[A-Za-z0-9äß_\-]{1,8}(\.[A-Za-z0-9\-ü]{1,5}){0,2}[ \n]?",
        r"\+[0-9 .()/\-]{1,20}",
        r" ?(19|20|21)[0-9]{2}-[01][0-9]-[0-3][0-9]\n?",
        r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{1,8}){0,4}",
        r" ?[+-]?0{0,4}[0-9]{1,20} ?",
        r"https?:/{0,2}[a-zü.:@/%\-]{0,20}",
        r"[A-Za-z0-9 !^~`é\t]{5,13}",
        r"[a-z@+0-9]{1,6}",
        r"\PC{0,9}",
    ]);
    prop_oneof![
        5 => typed().prop_map(ToOwned::to_owned),
        3 => with_hostile,
        2 => at_a_border,
        4 => shaped,
        1 => any::<String>(),
        1 => hostile().prop_map(ToOwned::to_owned),
    ]
}

/// Generates a JSON value that is not a string.
fn wrong_type() -> impl Strategy<Value = Value> {
    select(vec![json!(null), json!(1), json!(true), json!([]), json!(["a"]), json!({})])
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![30 => any_text().prop_map(Value::from), 1 => wrong_type()]
}

/// Generates a change of one member: its path and its new value. `None` removes the member.
pub(super) fn any_change() -> impl Strategy<Value = (Vec<String>, Option<Value>)> {
    let texts = select(vec![
        "username",
        "email",
        "phone_number",
        "password",
        "analytics_endpoint_id",
        "device_data",
        "human_proof",
    ]);
    let field = texts.prop_map(|name| vec![name.to_owned()]);
    let nested = |map: &'static str, names: Vec<&'static str>| {
        select(names).prop_map(move |name| vec![map.to_owned(), name.to_owned()])
    };
    let consents = ("terms|privacy|other", select(vec!["", "2026-10", "3", " ", " ü\n", "2"]))
        .prop_map(|(name, version)| {
            (vec!["consents".to_owned(), name], Some(Value::from(version)))
        });
    let unknown = ("[a-z~/]{0,3}", any_value()).prop_map(|(name, value)| (vec![name], Some(value)));
    let wrong = (
        select(vec!["attributes", "client_metadata", "validation_data", "consents"]),
        wrong_type(),
    )
        .prop_map(|(name, value)| (vec![name.to_owned()], Some(value)));
    let path = prop_oneof![
        6 => field,
        6 => nested("attributes", ATTRIBUTES.iter().copied().chain(["other"]).collect()),
        1 => nested("client_metadata", KEYS.to_vec()),
        1 => nested("validation_data", KEYS.to_vec()),
    ];
    prop_oneof![
        12 => (path, prop::option::weighted(0.95, any_value())),
        2 => consents,
        1 => unknown,
        1 => wrong,
    ]
}

/// Generates changes of a form that has all required fields.
pub(super) fn any_changes() -> impl Strategy<Value = Vec<(Vec<String>, Option<Value>)>> {
    vec(any_change(), 0..4)
}

pub(super) fn changed(mut form: Value, changes: Vec<(Vec<String>, Option<Value>)>) -> Value {
    for (path, value) in changes {
        let Some((last, parents)) = path.split_last() else { continue };
        let mut place = &mut form;
        for parent in parents {
            place = &mut place[parent.as_str()];
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
        }
        let Value::Object(members) = place else { continue };
        match value {
            Some(value) => members.insert(last.clone(), value),
            None => members.remove(last),
        };
    }
    form
}

/// Returns every value of [`TYPED`], [`NUMBERS`] and [`PASSWORDS`], also with each character of
/// [`HOSTILE`] before or after the value.
pub(super) fn known_texts() -> Vec<String> {
    let mut texts = Vec::new();
    for typed in TYPED.iter().chain(&NUMBERS).chain(&PASSWORDS) {
        texts.push((*typed).to_owned());
        for hostile in HOSTILE {
            texts.extend([format!("{hostile}{typed}"), format!("{typed}{hostile}")]);
        }
    }
    texts
}
