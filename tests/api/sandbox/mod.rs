//! The page of `vestibule sandbox`, and what it shows.

mod play_cases;

use std::{collections::BTreeSet, fs, path::Path, time::Instant};

use reqwest::{Method, redirect::Policy};
use serde_json::json;

use crate::{
    process::{Process, vestibule},
    support::{PASSWORD, Response, client, client_builder},
};

/// Starts a sandbox on free ports with these variables.
async fn sandbox(variables: &[(&str, &str)]) -> Process {
    let mut command = vestibule(&["sandbox"]);
    let ports = ["SERVER", "ADMIN", "SANDBOX"];
    command.envs(ports.map(|name| (format!("VESTIBULE__{name}__PORT"), "0")));
    command.envs(variables.iter().copied());
    Process::start(command).await
}

async fn get(process: &Process, path: &str) -> Response {
    Response::of(client().get(format!("{}{path}", process.url))).await
}

async fn register(process: &Process, email: &str) -> Response {
    let form = json!({"email": email, "password": PASSWORD});
    Response::of(client().post(format!("{}/register", process.url)).json(&form)).await
}

#[actix_web::test]
async fn the_root_leads_to_the_page_and_the_page_loads_only_its_own_files() {
    let process = sandbox(&[]).await;
    let browser = client_builder().redirect(Policy::none()).build().expect("the client is built");

    let root = Response::of(browser.get(&process.url)).await;
    let page = get(&process, "/sandbox").await;

    assert_eq!((root.status, root.header("location")), (302, Some("/sandbox")));
    assert_eq!(root.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for (path, content_type) in
        [("/sandbox/style.css", "text/css"), ("/sandbox/page.js", "text/javascript")]
    {
        let file = get(&process, path).await;

        assert!(page.text.contains(&format!("\"{path}\"")), "{path}");
        let sent = file.header("content-type");
        assert_eq!(sent, Some(&*format!("{content_type}; charset=utf-8")), "{path}");
    }
    assert_eq!(get(&process, "/sandbox/").await.text, page.text);
    assert_eq!(get(&process, "/sandbox/other").await.status, 404);
}

#[actix_web::test]
async fn the_address_of_the_page_is_printed_first() {
    let process = sandbox(&[]).await;

    let output = process.output();

    let first = output.find("http://").map(|start| &output[start..]).unwrap_or_default();
    assert!(first.starts_with(&format!("{}/sandbox ", process.url)), "{output}");
}

#[test]
fn the_page_lists_every_language() {
    let page = include_str!("../../../pages/sandbox/index.html");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales");
    let files = fs::read_dir(folder).expect("the folder can be read");
    let names = files.map(|file| file.expect("it can be read").file_name());
    let languages: BTreeSet<String> = names
        .map(|name| name.to_string_lossy().trim_end_matches(".ftl").to_owned())
        .filter(|name| name != "developers")
        .collect();

    let (_, select) = page.split_once("id=\"language\"").expect("there is a selector");
    let (select, _) = select.split_once("</select>").expect("it ends");
    let listed = select.split("value=\"").skip(1).filter_map(|rest| rest.split('"').next());

    assert_eq!(listed.map(str::to_owned).collect::<BTreeSet<_>>(), languages);
}

#[actix_web::test]
async fn a_deleted_account_can_be_created_again() {
    let process = sandbox(&[]).await;
    register(&process, "ada@example.com").await;
    let url = format!("{}/sandbox/accounts?username=ada%40example.com", process.url);
    let delete = async |origin: &str| {
        let request = client().request(Method::DELETE, &url).header("origin", origin);
        Response::of(request).await.status
    };

    let foreign = [delete("http://localhost:5173").await, delete("https://example.com").await];
    let own = delete(&process.url).await;

    assert_eq!((foreign, own), ([403, 403], 204));
    assert_eq!(register(&process, "ada@example.com").await.status, 201);
}

#[actix_web::test]
async fn an_open_stream_of_events_does_not_delay_the_exit() {
    let mut process = sandbox(&[]).await;
    let events = client().get(format!("{}/sandbox/events", process.url));
    let mut stream = events.send().await.expect("the stream opens");
    let first = stream.chunk().await.expect("the stream is open").expect("it has events");
    assert!(first.starts_with(b"event: "), "{first:?}");

    let started = Instant::now();
    process.signal("INT");
    let status = process.wait_for_exit().await;

    assert_eq!(status.code(), Some(0), "{}", process.all_output());
    // `server.shutdown_timeout` is 30 s.
    assert!(started.elapsed().as_secs() < 15, "{:?}", started.elapsed());
}
