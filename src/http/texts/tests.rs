use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::{ast, parser};

use super::{catalogue::BUILT_IN, *};

struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("vestibule-texts-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn english() -> Languages {
    Languages::load(None, UsernameMode::Email).unwrap()
}

/// Returns the parameters of each violation code, from the table of the API reference.
fn documented_params() -> HashMap<&'static str, Vec<&'static str>> {
    let rows = include_str!("../../../docs/api.md").lines().filter(|line| line.starts_with("| `"));
    let names = |cell: &'static str| cell.split('`').skip(1).step_by(2);
    let rows = rows.map(|row| row.split('|').skip(1).collect::<Vec<_>>());
    rows.flat_map(|cells| names(cells[0]).map(move |code| (code, names(cells[1]).collect())))
        .collect()
}

/// Returns the ids of a file, including the ids of attributes, with their arguments.
fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let resource = parser::parse(source).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    let mut all = BTreeMap::new();
    for entry in resource.body {
        let ast::Entry::Message(message) = entry else { continue };
        let id = message.id.name;
        let mut add = |id: String, pattern: &ast::Pattern<&str>| {
            let mut names = BTreeSet::new();
            collect(pattern, &mut names);
            assert!(all.insert(id.clone(), names).is_none(), "{id} occurs twice");
        };
        add(id.to_owned(), message.value.as_ref().unwrap_or_else(|| panic!("{id} has no text")));
        for attribute in &message.attributes {
            add(format!("{id}.{}", attribute.id.name), &attribute.value);
        }
    }
    all
}

fn collect(pattern: &ast::Pattern<&str>, names: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let ast::PatternElement::Placeable { expression } = element else { continue };
        match expression {
            ast::Expression::Inline(inline) => collect_inline(inline, names),
            ast::Expression::Select { selector, variants } => {
                collect_inline(selector, names);
                for variant in variants {
                    collect(&variant.value, names);
                }
            }
        }
    }
}

fn collect_inline(inline: &ast::InlineExpression<&str>, names: &mut BTreeSet<String>) {
    match inline {
        ast::InlineExpression::VariableReference { id } => {
            names.insert(format!("${}", id.name));
        }
        ast::InlineExpression::MessageReference { id, .. } => {
            names.insert(id.name.to_owned());
        }
        ast::InlineExpression::StringLiteral { value } => {
            names.insert((*value).to_owned());
        }
        other => panic!("no test covers this expression: {other:?}"),
    }
}

#[test]
fn each_language_has_the_texts_of_english_with_the_same_arguments() {
    let expected = messages(BUILT_IN[0].1);

    for (language, source) in BUILT_IN {
        let found = messages(source);
        let differing: Vec<_> =
            expected.iter().filter(|(id, names)| found.get(*id) != Some(names)).collect();
        assert!(differing.is_empty(), "{language}: {differing:?}");
        let unknown: Vec<_> = found.keys().filter(|id| !expected.contains_key(*id)).collect();
        assert!(unknown.is_empty(), "{language}: {unknown:?}");
    }
}

#[test]
fn each_language_translates_every_text() {
    // Texts that are the same in English and in another language.
    let equal = ["label-password", "label-website", "page-code-label"];
    let english: HashMap<&str, &str> = lines(BUILT_IN[0].1).collect();

    for (language, source) in &BUILT_IN[1..] {
        for (id, text) in lines(source).filter(|(id, _)| !equal.contains(id)) {
            assert_ne!(english.get(id), Some(&text), "{language}: {id}");
        }
    }
}

fn lines(source: &str) -> impl Iterator<Item = (&str, &str)> {
    source.lines().filter(|line| !line.starts_with([' ', '#'])).filter_map(|l| l.split_once(" = "))
}

#[test]
fn every_problem_type_has_a_title_and_an_explanation() {
    let languages = english();

    for kind in ProblemType::ALL.iter().copied() {
        let title = languages.get(0).title(kind, None);
        let explanation = languages.explanation(kind);
        for text in [&*title, &explanation.meaning, &explanation.remedy] {
            assert!(!text.is_empty() && !text.contains('{'), "{}: {text}", kind.name());
        }
    }
}

#[test]
fn every_violation_code_has_a_text_with_documented_arguments() {
    let params = documented_params();
    let found = messages(BUILT_IN[0].1);

    for code in ViolationCode::ALL.iter().map(|code| code.as_str()) {
        let allowed: BTreeSet<String> =
            params[code].iter().map(|name| format!("${name}")).collect();
        let id = format!("violation-{code}");
        assert!(found[&id].is_subset(&allowed), "{code}: {:?}", found[&id]);
    }
}

#[test]
fn fills_in_the_parameters_of_a_violation() {
    use ViolationCode::{
        InvalidFormat, InvalidJson, NotAnOption, Required, TooLong, TooShort, UnknownField,
        WrongType,
    };
    let languages = english();
    let texts = languages.get(0);

    let nickname = |code| Violation::new(&["attributes", "nickname"], code);
    let options = ["small", "large"].as_slice();
    for (violation, expected) in [
        (nickname(Required), "Please fill this in."),
        (Violation::new(&["email"], Required), "Enter your email address."),
        (Violation::new(&["attributes", "name"], Required), "Tell us your name."),
        (nickname(TooShort), "Use more characters."),
        (nickname(TooShort).with("min", 1), "Use at least 1 character."),
        (nickname(TooShort).with("min", 8), "Use at least 8 characters."),
        (nickname(TooLong).with("max", 2048), "Use at most 2048 characters."),
        (nickname(NotAnOption).with("options", options), "Choose one of these: small, large."),
        (nickname(WrongType).with("expected", "string"), "This must be text."),
        (nickname(UnknownField), "There is no such field."),
        (
            nickname(UnknownField).with("suggestion", "/phone_number"),
            "There is no such field. Did you mean /phone_number?",
        ),
        (
            Violation::new(&[], InvalidJson).with("line", 3).with("column", 1024),
            "The form is not valid JSON at line 3, column 1024.",
        ),
        (nickname(InvalidFormat), "This does not look right. Please check it."),
        (
            Violation::new(&["code"], InvalidFormat).with("length", 6),
            "Enter the code with its 6 digits.",
        ),
        (nickname(WrongType).with("expected", "object"), "This must be a JSON object."),
    ] {
        let detail: String = serde_json::from_str(texts.detail(&violation).get()).unwrap();
        assert_eq!(detail, expected);
    }
}

#[test]
fn finds_the_best_language() {
    let languages = english();
    let language = |accepted| languages.get(languages.look_up(accepted)).language().to_owned();
    let available: Vec<&str> = BUILT_IN.iter().map(|(tag, _)| *tag).collect();

    for (accepted, expected) in [
        ("", "en"),
        ("*", "en"),
        ("tlh", "en"),
        ("de", "de"),
        ("de-AT, en;q=0.5", "de"),
        ("en;q=0.5, de-CH;q=0.9", "de"),
        ("fr;q=0, de", "de"),
        ("xx, ja;q=0.1", "ja"),
        ("en ; q=0.5 , fr ; Q=0.9", "fr"),
        ("de-DE-u-fw-mon, en;q=0.8", "de"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-TW", "en"),
        ("zh-HK,zh-Hant;q=0.9", "en"),
        ("ar-EG", "ar"),
        ("not a tag, fr", "fr"),
    ] {
        if available.contains(&expected) {
            assert_eq!(language(accepted), expected, "{accepted}");
        }
    }
    assert_eq!(language(&"de,".repeat(1000)), "en");
}

#[test]
fn own_files_add_languages_and_replace_texts() {
    let folder = Folder::new();
    let write = |name: &str, text: &str| std::fs::write(folder.0.join(name), text).unwrap();
    write("fa.ftl", "page-title = حساب\nlabel-custom-plan = طرح\n");
    write(
        "en.ftl",
        "page-title = Join us\npage-tilte = Typo\nviolation-too_long = At most { $mux }.\n\
         page-confirm = Broken { \n",
    );
    write("notes.txt", "ignored");

    let languages = Languages::load(Some(&folder.0), UsernameMode::Email).unwrap();

    let persian = languages.get(languages.look_up("fa-IR"));
    assert_eq!(persian.get("page-title").unwrap(), "حساب");
    assert_eq!(persian.get("label-custom-plan").unwrap(), "طرح");
    assert_eq!(persian.get("page-confirm").unwrap(), "Confirm");
    assert_eq!(persian.direction(), "rtl");
    let english = languages.get(0);
    assert_eq!(english.direction(), "ltr");
    assert_eq!(english.get("page-title").unwrap(), "Join us");
    assert_eq!(english.get("page-confirm").unwrap(), "Confirm");
    let too_long = Violation::new(&["email"], ViolationCode::TooLong).with("max", 5);
    assert_eq!(english.detail(&too_long).get(), "\"Use at most 5 characters.\"");
}

#[test]
fn a_new_language_uses_the_built_in_language_with_its_script() {
    let folder = Folder::new();
    for tag in ["fr-CA", "pt-PT", "zh-CN", "zh-TW", "fa"] {
        let text = "page-title = Own\n";
        std::fs::write(folder.0.join(tag).with_extension("ftl"), text).unwrap();
    }

    let languages = Languages::load(Some(&folder.0), UsernameMode::Email).unwrap();

    for (tag, base) in
        [("fr-CA", "fr"), ("pt-PT", "pt-BR"), ("zh-CN", "zh-Hans"), ("zh-TW", "en"), ("fa", "en")]
    {
        let texts = languages.get(languages.look_up(tag));
        let expected = languages.all().find(|texts| texts.language() == base).unwrap();
        assert_eq!(texts.language(), tag);
        assert_eq!(texts.get("page-title").unwrap(), "Own", "{tag}");
        assert_eq!(texts.get("page-confirm"), expected.get("page-confirm"), "{tag}");
    }
    let french = languages.get(languages.look_up("fr-CA")).get("page-confirm");
    assert_ne!(french, languages.get(0).get("page-confirm"));
}

#[test]
fn rejects_an_unusable_folder() {
    let folder = Folder::new();
    std::fs::write(folder.0.join("my texts.ftl"), "").unwrap();

    let error = Languages::load(Some(&folder.0), UsernameMode::Email).err().unwrap();
    assert!(error.to_string().contains("my texts.ftl must have the name of a language"), "{error}");
    let error = Languages::load(Some("/none".as_ref()), UsernameMode::Email).err().unwrap();
    assert!(error.to_string().starts_with("texts.dir: /none cannot be read: "), "{error}");
}

#[test]
fn a_title_names_the_wait() {
    let languages = english();

    for (seconds, expected) in [
        (None, "later"),
        (Some(1), "in one second"),
        (Some(59), "in 59 seconds"),
        (Some(60), "in one minute"),
        (Some(61), "in 61 seconds"),
        (Some(120), "in 2 minutes"),
        (Some(700), "in 12 minutes"),
        (Some(3599), "in 60 minutes"),
        (Some(3600), "in one hour"),
        (Some(3601), "in 61 minutes"),
        (Some(7201), "in 3 hours"),
    ] {
        for kind in [
            ProblemType::RequestInProgress,
            ProblemType::TooManyRequests,
            ProblemType::TooManyAttempts,
            ProblemType::Busy,
            ProblemType::Unavailable,
            ProblemType::DeliveryFailed,
        ] {
            let title = languages.get(0).title(kind, seconds);
            let expected = format!(" Please try again {expected}.");
            assert!(title.ends_with(&expected), "{title}");
        }
    }
}

#[test]
fn proposes_no_retry_if_a_retry_must_fail() {
    let languages = english();

    for kind in [
        ProblemType::InvalidIdempotencyKey,
        ProblemType::IdempotencyKeyReused,
        ProblemType::UnsupportedMediaType,
    ] {
        let title = languages.get(0).title(kind, None);
        assert!(!title.contains("try again"), "{title}");
    }
}

#[test]
fn names_the_kind_of_the_user_name() {
    for (mode, name) in [
        (UsernameMode::Email, "email address"),
        (UsernameMode::Phone, "phone number"),
        (UsernameMode::Chosen, "user name"),
        (UsernameMode::Generated, "user name"),
    ] {
        let languages = Languages::load(None, mode).unwrap();
        for code in [ViolationCode::Required, ViolationCode::LimitExceeded] {
            let violation = Violation::new(&["username"], code);
            let detail = languages.get(0).detail(&violation).into_owned();
            assert!(detail.get().contains(name), "{mode:?} {code:?}: {detail}");
        }
    }
}
