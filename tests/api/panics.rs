//! A panic in a handler fails one request and not the service.

use actix_web::{HttpResponse, web};
use vestibule::{app::App, store::Migrate};

use crate::support::{Response, config};

#[actix_web::test]
async fn responds_internal_to_a_panic_and_continues() {
    let settings = config(&[], "http://127.0.0.1:1");
    let app = App::build(settings, Migrate::Auto, |routes| {
        routes.route(
            "/panic",
            web::get().to(async || -> HttpResponse { panic!("a marker that must stay inside") }),
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
        assert!(!response.text.contains("marker"), "{}", response.text);
    }
}
