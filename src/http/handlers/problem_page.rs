//! `GET /problems/{name}`: the meaning of a problem type, and its remedy.

use actix_web::{HttpResponse, web};

use crate::http::{
    State,
    error::Error,
    problem::ProblemType,
    response::html::{page, to_html},
};

pub(in crate::http) async fn explain(
    state: web::Data<State>,
    name: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let kind = ProblemType::ALL.iter().copied().find(|kind| kind.name() == *name);
    let kind = kind.ok_or(Error::Problem(ProblemType::NotFound))?;
    let text = state.languages.explanation(kind);
    let title = to_html(&state.languages.get(0).title(kind, None));
    let body = format!(
        "<h1>{title}</h1><p>Status <code>{status}</code>, code <code>{code}</code></p>\
         <h2>What it means</h2><p>{meaning}</p><h2>What to do</h2><p>{remedy}</p>",
        status = kind.status().as_u16(),
        code = kind.code(),
        meaning = to_html(&text.meaning),
        remedy = to_html(&text.remedy),
    );
    Ok(page("en", &title, &body))
}
