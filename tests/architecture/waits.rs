//! Rejects sleeps in tests, which must use the helpers of `tests/support/wait.rs`.

use crate::{assert_none, root, sources::read_into, tokens::tokens};

/// The only file that may sleep.
const MAY_SLEEP: &str = "tests/support/wait.rs";

#[test]
fn only_the_wait_helpers_sleep() {
    let mut files = Vec::new();
    read_into(&root().join("tests"), &mut files);

    assert!(files.iter().any(|(path, _)| path == MAY_SLEEP), "the files were read");
    assert_none(&sleeping(&files));
}

#[test]
fn finds_a_test_that_sleeps() {
    for (path, text, is_wrong) in [
        ("tests/api/a.rs", "async fn f() { tokio::time::sleep(LONG).await; }", true),
        ("tests/api/a.rs", "use std::thread::sleep as wait;\nfn f() { wait(LONG); }", true),
        ("tests/api/a.rs", "async fn f() { delay_for(LONG).await; } // sleep(LONG)", false),
        (MAY_SLEEP, "async fn f() { sleep(LONG).await; }", false),
    ] {
        let found = sleeping(&[(path.to_owned(), text.to_owned())]);

        assert_eq!(!found.is_empty(), is_wrong, "{path}: {text}");
    }
}

fn sleeping(files: &[(String, String)]) -> Vec<String> {
    let sleeps =
        |text: &str| tokens(text).iter().any(|token| ["sleep", "sleep_until"].contains(token));
    let found = files.iter().filter(|(path, text)| path != MAY_SLEEP && sleeps(text));
    found.map(|(path, _)| format!("{path}: sleeps. Wait with `wait::until`")).collect()
}
