//! `GET /problems/{name}`: the meaning of a problem type, and what to do about it.

use actix_web::{HttpResponse, web};

use crate::http::{
    State,
    error::Error,
    problem::ProblemType,
    response::html::{escape, page},
};

pub(in crate::http) async fn explain(
    state: web::Data<State>,
    name: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let kind = ProblemType::ALL.iter().copied().find(|kind| kind.name() == *name);
    let (Some(kind), Some(text)) = (kind, state.texts.problem(&name)) else {
        return Err(Error::Problem(ProblemType::NotFound));
    };
    let title = escape(&text.title);
    let body = format!(
        "<h1>{title}</h1><p>Status <code>{status}</code>, code <code>{code}</code></p>\
         <h2>What it means</h2><p>{meaning}</p><h2>What to do</h2><p>{remedy}</p>",
        status = kind.status().as_u16(),
        code = kind.code(),
        meaning = escape(&text.meaning),
        remedy = escape(&text.remedy),
    );
    Ok(page(state.texts.language(), &title, &body))
}
