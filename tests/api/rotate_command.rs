//! `vestibule secret rotate`, from the first step to the last.

use std::{
    cell::Cell,
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
};

use actix_web::rt::task::spawn_blocking;
use reqwest::Client;
use serde_json::{Value, json};
use vestibule::{cognito::secret_hash, sandbox::Pool};

use crate::{
    process::{Process, run, vestibule},
    scripted::{Reply, ScriptedPeer},
    secrets::CREDENTIALS,
    secrets_manager::{ARN, SecretsManager},
    support::{
        Answer, CLIENT_ID, PASSWORD, PATIENT, SECRET, administer, environment, files::File, pool,
    },
};

/// What a step said.
struct Said {
    code: Option<i32>,
    out: String,
    error: String,
}

async fn ended(command: Command) -> Said {
    let Output { status, stdout, stderr } = spawn_blocking(|| run(command)).await.expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: status.code(), out: text(&stdout), error: text(&stderr) }
}

/// `vestibule secret rotate` with these settings.
async fn rotate(arguments: &[&str], settings: &[(&str, &str)], pool: &Pool) -> Said {
    let mut command = vestibule(&[&["secret", "rotate"], arguments].concat());
    command
        .envs(environment(&[&PATIENT[..], settings].concat(), &pool.url()))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(CREDENTIALS);
    ended(command).await
}

async fn active(pool: &Pool) -> Vec<String> {
    let (_, list) = administer(pool, "ListUserPoolClientSecrets", json!({})).await;
    let ids = list["ClientSecrets"].as_array().expect("a list");
    ids.iter().map(|one| one["ClientSecretId"].as_str().expect("an id").to_owned()).collect()
}

async fn is_taken(pool: &Pool, secret: &str) -> bool {
    let body = json!({
        "ClientId": CLIENT_ID,
        "Username": "nobody@example.com",
        "SecretHash": secret_hash(&secret.into(), "nobody@example.com", CLIENT_ID),
    });
    let request = Client::new()
        .post(pool.url())
        .header("x-amz-target", "AWSCognitoIdentityProviderService.ResendConfirmationCode")
        .body(body.to_string());
    Answer::of(request).await.status == 200
}

async fn register(process: &Process, email: &str) -> Answer {
    let form = json!({"email": email, "password": PASSWORD});
    Answer::of(Client::new().post(format!("{}/register", process.url)).json(&form)).await
}

fn mode(file: &File) -> u32 {
    fs::metadata(&file.0).expect("it is there").permissions().mode() & 0o777
}

#[actix_web::test]
async fn writes_over_nothing_that_is_not_its_own() {
    let pool = pool(&[]).await;
    let file = File::new(SECRET);
    let next = file.beside("next");
    next.write("somebody else's notes\n");
    let settings = [("COGNITO__CLIENT_SECRET", ""), ("COGNITO__CLIENT_SECRET_FILE", file.name())];

    let said = rotate(&["--add", "--to", file.name()], &settings, &pool).await;

    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(said.error.contains("is not from this command"), "{}", said.error);
    assert_eq!(
        (file.read(), next.read()),
        (SECRET.to_owned(), "somebody else's notes\n".to_owned())
    );
    assert_eq!(active(&pool).await.len(), 1, "nothing was added");
}

#[actix_web::test]
async fn leads_through_add_roll_and_delete_while_the_service_runs() {
    let pool = pool(&[]).await;
    let file = File::new(&format!("{SECRET}\n"));
    let (previous, next) = (file.beside("previous"), file.beside("next"));
    let settings = [
        ("COGNITO__CLIENT_SECRET", ""),
        ("COGNITO__CLIENT_SECRET_FILE", file.name()),
        ("COGNITO__CLIENT_SECRET_REFRESH", "0s"),
    ];
    let process = Process::serve(&[&PATIENT[..], &settings].concat(), &pool.url()).await;
    let [first] = &active(&pool).await[..] else { panic!("one secret") };

    let begin = rotate(&[], &settings, &pool).await;
    let add = rotate(&["--add", "--to", file.name()], &settings, &pool).await;
    let new = file.read().trim().to_owned();
    let halfway = rotate(&[], &settings, &pool).await;
    let add_again = rotate(&["--add", "--to", file.name()], &settings, &pool).await;
    let before_the_roll = register(&process, "ada@example.com").await;
    process.signal("HUP");
    process.counts(r#"client_secret_reads_total{result="changed"}"#, 1).await;
    let unasked = rotate(&["--delete-old"], &settings, &pool).await;
    let both = active(&pool).await;
    let delete = rotate(&["--delete-old", "--yes"], &settings, &pool).await;
    let delete_again = rotate(&["--delete-old", "--yes"], &settings, &pool).await;
    let end = rotate(&[], &settings, &pool).await;
    let after_all = register(&process, "eve@example.com").await;

    for (case, said, code, parts) in [
        ("begin", &begin, 0, &["One secret is active", "the pool takes it", "--add"][..]),
        ("add", &add, 0, &["was added", "Next, roll", "SIGHUP", "changed_timestamp"]),
        ("halfway", &halfway, 0, &["2 secrets are active", "is the newer one", "--delete-old"]),
        ("add again", &add_again, 1, &["two secrets are active already"]),
        ("unasked", &unasked, 1, &["nothing was deleted", "--yes"]),
        ("delete", &delete, 0, &["Deleted: ", first, "The rotation is done"]),
        ("delete again", &delete_again, 0, &["no older one to delete"]),
        ("end", &end, 0, &["One secret is active", "the pool takes it"]),
    ] {
        let text = format!("{}{}", said.out, said.error);
        assert_eq!(said.code, Some(code), "{case}: {text}");
        for part in parts {
            assert!(text.contains(part), "{case}: {part}: {text}");
        }
        for secret in [SECRET, &new, CREDENTIALS[1].1] {
            assert!(!text.contains(secret), "{case}: {text}");
        }
    }
    assert_eq!((both.len(), active(&pool).await), (2, both[1..].to_vec()));
    assert!(is_taken(&pool, &new).await && !is_taken(&pool, SECRET).await);
    assert_eq!((before_the_roll.status, after_all.status), (201, 201));
    assert_eq!(previous.read().trim(), SECRET);
    assert!(!next.0.exists(), "nothing is left behind");
    assert_eq!(mode(&file), mode(&previous), "whoever could read the old one can read this one");
    let added = pool.state().requests(None);
    let added = added.iter().find(|seen| seen.operation == "AddUserPoolClientSecret");
    assert!(added.is_some_and(|seen| !seen.body.contains_key("ClientSecret")), "{added:?}");
}

#[actix_web::test]
async fn goes_on_where_an_earlier_run_was_interrupted() {
    for (case, was_added) in [("before it was added", false), ("after it was added", true)] {
        let pool = pool(&[]).await;
        let file = File::new(SECRET);
        let (_previous, next) = (file.beside("previous"), file.beside("next"));
        let made = active(&pool).await[0].rsplit("--").next().unwrap_or_default().to_owned();
        let left = format!("{made}_{}", "A".repeat(43));
        next.write(&format!("{left}\n"));
        if was_added {
            let custom = json!({"ClientSecret": left});
            assert_eq!(administer(&pool, "AddUserPoolClientSecret", custom).await.0, 200);
        }
        let settings =
            [("COGNITO__CLIENT_SECRET", ""), ("COGNITO__CLIENT_SECRET_FILE", file.name())];

        let said = rotate(&["--add", "--to", file.name()], &settings, &pool).await;

        assert_eq!(said.code, Some(0), "{case}: {}{}", said.out, said.error);
        assert_eq!(file.read().trim(), left, "{case}");
        assert_eq!(active(&pool).await.len(), 2, "{case}");
        assert!(is_taken(&pool, &left).await, "{case}");
    }
}

#[actix_web::test]
async fn replaces_no_file_that_is_not_the_settings_own() {
    let pool = pool(&[]).await;
    let (file, other) = (File::new(SECRET), File::new("precious"));
    let settings = [("COGNITO__CLIENT_SECRET", ""), ("COGNITO__CLIENT_SECRET_FILE", file.name())];

    let said = rotate(&["--add", "--to", other.name()], &settings, &pool).await;

    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(said.error.contains("it was left as it is"), "{}", said.error);
    assert_eq!(other.read(), "precious");
    assert_eq!(active(&pool).await.len(), 1, "and nothing was added");
}

#[actix_web::test]
async fn deletes_nothing_while_the_settings_may_hold_the_older_one() {
    let pool = pool(&[]).await;
    let new_file = File(std::env::temp_dir().join(format!("{}", uuid::Uuid::new_v4())));
    let written = [("COGNITO__CLIENT_SECRET", SECRET)];
    let add = rotate(&["--add", "--to", new_file.name()], &written, &pool).await;
    assert_eq!(add.code, Some(0), "{}", add.error);
    assert_eq!(mode(&new_file), 0o600);
    let new = new_file.read().trim().to_owned();

    let with_the_old = rotate(&["--delete-old", "--yes"], &written, &pool).await;
    let wrong = [("COGNITO__CLIENT_SECRET", "0wrong87654321secretsecretsecretsecret0")];
    let with_a_wrong = rotate(&["--delete-old", "--yes"], &wrong, &pool).await;
    let still = active(&pool).await.len();
    let both = [("COGNITO__CLIENT_SECRET", SECRET), ("COGNITO__SECONDARY_CLIENT_SECRET", &*new)];
    let with_both = rotate(&["--delete-old", "--yes"], &both, &pool).await;

    for (case, said, part) in [
        ("the old one", &with_the_old, "it may be the older one"),
        ("a wrong one", &with_a_wrong, "the pool refuses the secret"),
    ] {
        assert_eq!(said.code, Some(1), "{case}: {}", said.out);
        assert!(said.error.contains("nothing was deleted"), "{case}: {}", said.error);
        assert!(said.error.contains(part), "{case}: {}", said.error);
    }
    assert_eq!(still, 2);
    assert_eq!(with_both.code, Some(0), "{}", with_both.error);
    assert!(with_both.out.contains("make it the primary one"), "{}", with_both.out);
    assert!(is_taken(&pool, &new).await && !is_taken(&pool, SECRET).await);
}

#[actix_web::test]
async fn prints_the_secret_only_where_it_is_asked_to() {
    let pool = pool(&[]).await;
    let written = [("COGNITO__CLIENT_SECRET", SECRET)];

    let nowhere = rotate(&["--add"], &written, &pool).await;
    let printed = rotate(&["--add", "--print"], &written, &pool).await;

    assert_eq!(nowhere.code, Some(1), "{}", nowhere.out);
    assert!(nowhere.error.contains("--to FILE, --to-arn ARN or --print"), "{}", nowhere.error);
    assert_eq!(printed.code, Some(0), "{}", printed.error);
    let new = printed.out.lines().nth(2).expect("the third line is the secret");
    assert!(is_taken(&pool, new).await, "{}", printed.out);
}

#[actix_web::test]
async fn hands_over_by_secrets_manager_and_leaves_what_else_stands_there() {
    let pool = pool(&[]).await;
    let manager = SecretsManager::start(&[&format!(r#"{{"a": 1, "secret": "{SECRET}"}}"#)]);
    let arn = format!("{ARN}#secret");
    let settings = [("COGNITO__CLIENT_SECRET_ARN", arn.as_str())];
    let step = |arguments: &[&str]| {
        let arguments = [&["secret", "rotate"], arguments].concat();
        ended(manager.command(&arguments, &settings, &pool.url()))
    };

    let add = step(&["--add", "--to-arn", &arn]).await;
    let (current, stages) = {
        let kept = manager.kept();
        (kept.text("AWSCURRENT").expect("one").to_owned(), kept.stages.len())
    };
    let delete = step(&["--delete-old", "--yes"]).await;

    assert_eq!(add.code, Some(0), "{}{}", add.out, add.error);
    let current: serde_json::Value = serde_json::from_str(&current).expect("JSON");
    let new = current["secret"].as_str().expect("a text").to_owned();
    assert_eq!((&current["a"], stages), (&json!(1), 2), "AWSCURRENT and AWSPREVIOUS");
    assert_eq!(delete.code, Some(0), "{}{}", delete.out, delete.error);
    assert!(is_taken(&pool, &new).await && !is_taken(&pool, SECRET).await);
    for said in [&add, &delete] {
        assert!(!said.out.contains(&new) && !said.error.contains(&new), "{}", said.out);
    }
}

#[actix_web::test]
async fn needs_no_hand_over_where_the_settings_ask_the_pool() {
    let pool = pool(&[]).await;
    let asking = [("COGNITO__CLIENT_SECRET", "")];

    let add = rotate(&["--add"], &asking, &pool).await;
    let delete = rotate(&["--delete-old", "--yes"], &asking, &pool).await;
    let end = rotate(&[], &asking, &pool).await;

    for (case, said) in [("add", &add), ("delete", &delete), ("end", &end)] {
        assert_eq!(said.code, Some(0), "{case}: {}{}", said.out, said.error);
    }
    assert!(!is_taken(&pool, SECRET).await);
    assert!(end.out.contains("what the pool tells: the pool takes it"), "{}", end.out);
}

const MADE: i64 = 1_763_790_000;

/// A pool in which the secrets of these ages are active, look by look; the last look stays.
async fn changing(looks: &[&[i64]], add: impl Fn() -> Reply + 'static) -> ScriptedPeer {
    let looks: Vec<Vec<i64>> = looks.iter().map(|look| look.to_vec()).collect();
    let seen = Cell::new(0);
    ScriptedPeer::start(move |call| match call.operation.as_str() {
        "ListUserPoolClientSecrets" => {
            let look = &looks[seen.get().min(looks.len() - 1)];
            seen.set(seen.get() + 1);
            let shown = |made: &i64| {
                json!({"ClientSecretId": format!("{CLIENT_ID}--{made}"), "ClientSecretCreateDate": made})
            };
            let secrets: Vec<Value> = look.iter().map(shown).collect();
            Reply::of("200 OK", json!({"ClientSecrets": secrets}).to_string())
        }
        "AddUserPoolClientSecret" => add(),
        "ResendConfirmationCode" => Reply::of(
            "400 Bad Request\nContent-Type: application/x-amz-json-1.1",
            r#"{"__type": "UserNotFoundException", "message": "User does not exist."}"#,
        ),
        other => unreachable!("nobody asks for {other}"),
    })
    .await
}

fn added(made: i64) -> Reply {
    let id = format!("{CLIENT_ID}--{made}");
    Reply::of("200 OK", json!({"ClientSecretDescriptor": {"ClientSecretId": id}}).to_string())
}

/// `vestibule secret rotate` at a pool that answers by a script.
async fn rotate_at(url: &str, arguments: &[&str], settings: &[(&str, &str)]) -> Said {
    let mut command = vestibule(&[&["secret", "rotate"], arguments].concat());
    command
        .envs(environment(&[&PATIENT[..], settings].concat(), url))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(CREDENTIALS);
    ended(command).await
}

#[actix_web::test]
async fn deletes_nothing_where_somebody_else_has_changed_the_secrets_meanwhile() {
    let newer = format!("{MADE}_{}", "A".repeat(43));
    let settings = [("COGNITO__CLIENT_SECRET", newer.as_str())];
    for (case, looks) in [
        (
            "the older one is gone, and another is there",
            [&[MADE, MADE + 9][..], &[MADE + 9, MADE + 20]],
        ),
        ("the newer one is gone", [&[MADE, MADE + 9][..], &[MADE]]),
    ] {
        let peer = changing(&looks, || unreachable!("nothing is added")).await;

        let said = rotate_at(&peer.url, &["--delete-old", "--yes"], &settings).await;

        assert_eq!(said.code, Some(1), "{case}: {}", said.out);
        assert!(
            said.error.contains("nothing was deleted: somebody else"),
            "{case}: {}",
            said.error
        );
        let operations: Vec<String> = peer.calls().into_iter().map(|call| call.operation).collect();
        assert!(!operations.contains(&"DeleteUserPoolClientSecret".to_owned()), "{operations:?}");
    }
}

#[actix_web::test]
async fn hands_nothing_over_where_somebody_else_has_changed_the_secrets_meanwhile() {
    for (case, looks) in [
        ("another was added, and the older one deleted", [&[MADE][..], &[MADE + 8, MADE + 9]]),
        ("the older one was deleted", [&[MADE][..], &[MADE + 9]]),
    ] {
        let peer = changing(&looks, || added(MADE + 9)).await;
        let file = File::new(SECRET);
        let next = file.beside("next");
        let settings =
            [("COGNITO__CLIENT_SECRET", ""), ("COGNITO__CLIENT_SECRET_FILE", file.name())];

        let said = rotate_at(&peer.url, &["--add", "--to", file.name()], &settings).await;

        assert_eq!(said.code, Some(1), "{case}: {}", said.out);
        assert!(said.error.contains("nothing was handed over: somebody else"), "{}", said.error);
        assert!(said.error.contains(next.name()), "{case}: {}", said.error);
        assert_eq!(file.read(), SECRET, "{case}");
        let kept = next.read();
        assert!(kept.starts_with(&format!("{MADE}_")), "{case}: nobody else knows it");

        let again = rotate_at(&peer.url, &["--add", "--to", file.name()], &settings).await;
        let _previous = file.beside("previous");

        assert_eq!(again.code, Some(0), "{case}: {}", again.error);
        assert_eq!(file.read(), kept, "{case}: what is active is what the settings get");
    }
}

#[actix_web::test]
async fn hands_over_what_the_pool_takes_where_somebody_else_has_stored_another() {
    let manager = SecretsManager::start(&[SECRET]);
    let other = manager.clone();
    let peer = changing(&[&[MADE], &[MADE, MADE + 9]], move || {
        other.kept().put("somebodyelsessecretsomebodyelsessecret", "AWSPENDING");
        added(MADE + 9)
    })
    .await;

    let arguments = ["secret", "rotate", "--add", "--to-arn", ARN];
    let said = ended(manager.command(&arguments, &[], &peer.url)).await;

    assert_eq!(said.code, Some(0), "{}{}", said.out, said.error);
    let current = manager.kept().text("AWSCURRENT").map(str::to_owned).unwrap_or_default();
    assert!(current.starts_with(&format!("{MADE}_")), "{current}");
}

#[actix_web::test]
async fn says_what_can_be_done_with_a_printed_secret_that_may_have_been_added() {
    let peer = changing(&[&[MADE]], || {
        Reply::of("500 Internal Server Error", r#"{"__type": "InternalErrorException"}"#)
    })
    .await;
    let settings = [("COGNITO__CLIENT_SECRET", SECRET)];

    let said = rotate_at(&peer.url, &["--add", "--print"], &settings).await;

    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(said.error.contains("the one printed above is the newer"), "{}", said.error);
    assert!(!said.error.contains("goes on where"), "{}", said.error);
    assert!(said.out.contains(&format!("\n{MADE}_")), "{}", said.out);
}

#[actix_web::test]
async fn says_in_one_sentence_what_is_missing() {
    let pool = pool(&[]).await;
    let mut command = vestibule(&["secret", "rotate"]);
    command
        .envs(environment(&PATIENT, &pool.url()))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", "/nonexistent");

    let said = ended(command).await;

    assert_eq!(said.code, Some(1), "{}", said.out);
    assert_eq!(said.error.lines().count(), 1, "{}", said.error);
    assert!(said.error.contains("cognito-idp:ListUserPoolClientSecrets"), "{}", said.error);
}
