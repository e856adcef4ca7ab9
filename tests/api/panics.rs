//! A bug of ours is one caller's misfortune, and nobody else's.

use actix_web::{HttpResponse, web};
use vestibule::{app::App, store::Migrate};

use crate::support::{Response, config};

#[actix_web::test]
async fn a_panic_is_answered_as_internal_and_the_service_goes_on() {
    let settings = config(&[], "http://127.0.0.1:1");
    let app = App::build(settings, Migrate::Auto, |routes| {
        routes.route(
            "/panic",
            web::get().to(async || -> HttpResponse { panic!("a mark that must not get out") }),
        );
    })
    .await
    .expect("the service is built");
    let url = format!("http://{}", app.address());
    actix_web::rt::spawn(app.run());
    let client = crate::support::client();

    for _ in 0..3 {
        let response = Response::of(client.get(format!("{url}/panic"))).await;

        response.assert_problem(500, "internal", "a panic");
        assert!(!response.text.contains("mark"), "{}", response.text);
    }
}
