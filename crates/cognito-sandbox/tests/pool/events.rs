//! `GET /sandbox/events`.

use super::{SignIn, Stage, http_client};

/// A stream of events, and the id of its last event.
struct Events {
    response: reqwest::Response,
    text: String,
    /// The last id of an event, as a browser stores it.
    last_id: String,
}

impl Events {
    async fn open(stage: &Stage, last: Option<&str>) -> Self {
        let mut request = http_client().get(format!("{}/sandbox/events", stage.pool.url()));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { response, text: String::new(), last_id: String::new() }
    }

    /// Reads up to the event `accounts` that ends a batch. Returns the names of the events, with
    /// the recipients of messages.
    async fn next(&mut self) -> Vec<String> {
        const END: &str = "event: accounts\ndata: {}\n\n";
        loop {
            if let Some((batch, rest)) = self.text.split_once(END) {
                let names = batch.split_terminator("\n\n").map(describe).collect();
                if let Some(id) = batch.lines().rev().find_map(|line| line.strip_prefix("id: ")) {
                    self.last_id = String::from(id);
                }
                self.text = String::from(rest);
                return names;
            }
            let bytes = self.response.chunk().await.unwrap().unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
}

fn describe(event: &str) -> String {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let data: serde_json::Value = serde_json::from_str(field("data: ")).unwrap();
    let name = field("event: ");
    data["to"].as_str().map_or_else(|| name.to_owned(), |to| format!("{name} {to}"))
}

#[tokio::test]
async fn sends_all_messages_then_each_further_message() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up("ada@example.com").send().await.unwrap();
    stage.sign_up("grace@example.com").send().await.unwrap();
    let mut events = Events::open(&stage, None).await;

    let first = events.next().await;
    stage.sign_up("edith@example.com").send().await.unwrap();
    let second = events.next().await;
    stage.confirm("edith@example.com", &stage.code("edith@example.com")).send().await.unwrap();
    let third = events.next().await;

    assert_eq!(first, ["message ada@example.com", "message grace@example.com"]);
    assert_eq!(second, ["message edith@example.com"]);
    assert_eq!(third, [""; 0]);
}

#[tokio::test]
async fn continues_after_the_last_event_of_the_client() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up("ada@example.com").send().await.unwrap();
    let mut events = Events::open(&stage, None).await;
    events.next().await;
    let last = events.last_id.clone();
    drop(events);
    stage.sign_up("grace@example.com").send().await.unwrap();

    let resumed = Events::open(&stage, Some(&last)).await.next().await;
    let unknown = Events::open(&stage, Some("another pool")).await.next().await;
    let other_epoch = "7c9e6679-7425-40de-944b-e07fc1f90ae7.1";
    let other = Events::open(&stage, Some(other_epoch)).await.next().await;

    assert_eq!(resumed, ["message grace@example.com"]);
    assert_eq!(unknown, ["message ada@example.com", "message grace@example.com"]);
    assert_eq!(other, ["cleared", "message ada@example.com", "message grace@example.com"]);
}

#[tokio::test]
async fn reports_the_deletion_of_messages() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up("ada@example.com").send().await.unwrap();
    let mut events = Events::open(&stage, None).await;
    events.next().await;
    let last = events.last_id.clone();

    stage.pool.state().clear();
    let cleared = events.next().await;
    stage.sign_up("grace@example.com").send().await.unwrap();
    let next = events.next().await;
    let reconnected = Events::open(&stage, Some(&last)).await.next().await;

    assert_eq!(cleared, ["cleared"]);
    assert_eq!(next, ["message grace@example.com"]);
    assert_eq!(reconnected, ["cleared", "message grace@example.com"]);
}

#[tokio::test]
async fn reports_the_deletion_of_an_account() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up("ada@example.com").send().await.unwrap();
    let mut events = Events::open(&stage, None).await;
    events.next().await;

    let url = format!("{}/sandbox/accounts?username=ada%40example.com", stage.pool.url());
    http_client().delete(url).send().await.unwrap();

    assert_eq!(events.next().await, [""; 0]);
}
