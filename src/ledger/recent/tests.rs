use std::sync::Arc;

use super::*;

const CREATED: Ending = Ending::MayExist(Earlier::Created);

fn recent() -> Arc<RecentSignUps> {
    Arc::new(RecentSignUps::new([7; 32]))
}

fn begin<'a>(recent: &'a RecentSignUps, password: &str) -> Attempt<'a> {
    recent.begin("ada@example.com", Some(&SecretString::from(password)))
}

#[tokio::test]
async fn knows_the_same_name_and_password_again_after_every_ending_that_may_have_created() {
    for earlier in
        [Earlier::Unknown, Earlier::CodeNotDelivered, Earlier::Created, Earlier::Confirmed]
    {
        let recent = recent();
        begin(&recent, "one").end(Ending::MayExist(earlier));

        assert_eq!(begin(&recent, "one").exists().await, Some(earlier));
        assert_eq!(begin(&recent, "one").exists().await, Some(earlier), "it stays known");
        assert_eq!(
            begin(&recent, "two").exists().await,
            None,
            "another password is another person"
        );
    }
}

#[tokio::test]
async fn forgets_what_created_nothing() {
    let recent = recent();
    begin(&recent, "one").end(Ending::NotCreated);

    assert_eq!(begin(&recent, "one").exists().await, None);
    assert_eq!(recent.names().young.len(), 0);
}

#[tokio::test]
async fn an_attempt_that_is_dropped_counts_as_unknown() {
    let recent = recent();
    drop(begin(&recent, "one"));

    assert_eq!(begin(&recent, "one").exists().await, Some(Earlier::Unknown));
}

#[tokio::test]
async fn the_third_password_drops_the_memory_of_a_name() {
    let recent = recent();
    begin(&recent, "one").end(CREATED);
    assert_eq!(begin(&recent, "guess 1").exists().await, None);
    assert_eq!(begin(&recent, "guess 2").exists().await, None);

    assert_eq!(begin(&recent, "one").exists().await, None, "no longer an oracle");
}

#[tokio::test]
async fn a_call_that_was_under_way_when_the_memory_was_dropped_is_not_remembered() {
    let recent = recent();
    let first = begin(&recent, "one");
    assert_eq!(begin(&recent, "guess 1").exists().await, None);
    let guess = begin(&recent, "guess 2");
    first.end(CREATED);
    guess.end(Ending::NotCreated);

    assert_eq!(begin(&recent, "one").exists().await, None);
}

#[tokio::test]
async fn passwords_that_the_pool_refused_first_do_not_count_as_guesses() {
    let recent = recent();
    for refused in ["weak 1", "weak 2", "weak 3", "weak 4"] {
        begin(&recent, refused).end(Ending::NotCreated);
    }
    begin(&recent, "one").end(CREATED);

    assert_eq!(begin(&recent, "one").exists().await, Some(Earlier::Created));
}

#[tokio::test]
async fn a_double_tap_waits_for_the_first_and_shares_its_end() {
    for (ending, expected) in [(CREATED, Some(Earlier::Created)), (Ending::NotCreated, None)] {
        let recent = recent();
        let first = begin(&recent, "one");
        let second = tokio::spawn({
            let recent = Arc::clone(&recent);
            async move { begin(&recent, "one").exists().await }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished(), "it waits");

        first.end(ending);

        assert_eq!(second.await.unwrap(), expected);
    }
}

#[tokio::test]
async fn two_that_are_both_told_it_exists_do_not_wait_for_each_other() {
    let recent = recent();
    let (first, second) = (begin(&recent, "one"), begin(&recent, "one"));

    assert_eq!(tokio::join!(first.exists(), second.exists()), (None, None));
}

#[tokio::test]
async fn waits_only_for_calls_that_began_before_it_was_told() {
    let recent = recent();
    let told = begin(&recent, "one");
    let earlier = begin(&recent, "one");
    let waiting = told.exists();
    tokio::pin!(waiting);
    assert!(futures_util::poll!(&mut waiting).is_pending(), "the earlier one may be it");

    let later = begin(&recent, "one");
    earlier.end(Ending::NotCreated);

    assert_eq!(waiting.await, None, "the later one cannot be");
    drop(later);
}

#[tokio::test]
async fn tries_that_created_nothing_do_not_make_the_memory_longer() {
    let recent =
        RecentSignUps { memory: Duration::from_millis(200), ..RecentSignUps::new([7; 32]) };
    let started = Instant::now();
    begin(&recent, "one").end(CREATED);

    while begin(&recent, "one").exists().await.is_some() {
        assert!(started.elapsed() < Duration::from_secs(10), "it never ends");
    }

    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn forgets_after_its_time() {
    let recent = RecentSignUps { memory: Duration::ZERO, ..RecentSignUps::new([7; 32]) };
    begin(&recent, "one").end(CREATED);

    assert_eq!(begin(&recent, "one").exists().await, None);
}

#[tokio::test]
async fn is_bounded_and_keeps_the_newest() {
    let recent = recent();
    for number in 0..3 * GENERATION {
        recent.begin(&number.to_string(), None).end(CREATED);
    }

    let held = {
        let names = recent.names();
        names.young.len() + names.old.len()
    };
    assert!(held <= 2 * GENERATION, "{held}");
    let newest = (3 * GENERATION - 1).to_string();
    assert_eq!(recent.begin(&newest, None).exists().await, Some(Earlier::Created));
}
