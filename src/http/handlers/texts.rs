//! `GET /register/texts`: the texts of the form.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::ACCEPT_LANGUAGE,
    web::{Data, Query},
};
use serde::Deserialize;

use crate::http::State;

#[derive(Deserialize)]
pub(in crate::http) struct Parameters {
    /// The language as a BCP 47 tag. Default: `Accept-Language`.
    lang: Option<String>,
}

pub(in crate::http) async fn texts(
    state: Data<State>,
    request: HttpRequest,
    parameters: Option<Query<Parameters>>,
) -> HttpResponse {
    let named = parameters.and_then(|parameters| parameters.into_inner().lang);
    let language = match named {
        Some(tag) => state.languages.look_up(&tag),
        None => state.languages.number_of(request.headers().get(ACCEPT_LANGUAGE)),
    };
    state.texts.in_language(language).respond(&request)
}
