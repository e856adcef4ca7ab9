//! `GET /sign-up`: a complete sign-up page. `pages/sign-up/build` builds the script of the page.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::ACCEPT_LANGUAGE,
    web::{Data, Path},
};

use crate::http::{State, error::Error, problem::ProblemType};

pub(in crate::http) async fn page(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let pages = state.sign_up_page.as_ref().ok_or(Error::Problem(ProblemType::NotFound))?;
    let named = request.query_string().split('&').find_map(|pair| pair.strip_prefix("lang="));
    let language = match named {
        Some(tag) => state.languages.look_up(tag),
        None => state.languages.number_of(request.headers().get(ACCEPT_LANGUAGE)),
    };
    Ok(pages.in_language(language).respond(&request))
}

pub(in crate::http) async fn file(
    state: Data<State>,
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Error> {
    let file = state.sign_up_page.as_ref().and_then(|pages| pages.file(&name));
    Ok(file.ok_or(Error::Problem(ProblemType::NotFound))?.respond(&request))
}
