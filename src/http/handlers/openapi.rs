//! `GET /openapi.json`: the OpenAPI document.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse};

use crate::http::response::etag::Cached;

/// The OpenAPI document. Developers write the document by hand. `tests/api/contract` compares the
/// document with the service.
pub const OPENAPI: &str = include_str!("../../../docs/openapi.json");

pub(in crate::http) async fn serve(request: HttpRequest) -> HttpResponse {
    static DOCUMENT: LazyLock<Cached> = LazyLock::new(|| Cached::new("application/json", OPENAPI));
    DOCUMENT.respond(&request)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{
        config::UsernameMode,
        http::{Languages, problem::ProblemType},
    };

    /// Returns the name of a schema, such as `AccountExistsProblem` for `account-exists`.
    fn schema_name(kind: ProblemType) -> String {
        let words = kind.name().split('-').map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        });
        words.chain(["Problem".to_owned()]).collect()
    }

    #[test]
    fn has_every_problem_with_its_status_code_and_meaning() {
        let document: Value = serde_json::from_str(OPENAPI).unwrap();
        let components = &document["components"];
        let languages = Languages::load(None, UsernameMode::Email).unwrap();
        // No operation has this problem, because another method is not an operation.
        let of_operations = |kind: &ProblemType| *kind != ProblemType::MethodNotAllowed;
        for kind in ProblemType::ALL.iter().copied().filter(of_operations) {
            let schema = &components["schemas"][schema_name(kind)];
            let text = languages.explanation(kind);

            let meaning = format!("{} {}", text.meaning, text.remedy);
            assert_eq!(schema["description"], meaning, "{}", kind.name());
            let members = &schema["properties"];
            assert_eq!(members["type"]["const"], kind.uri());
            // Code generators create unusable types for integers with `const`.
            assert_eq!(members["status"]["minimum"], kind.status().as_u16());
            assert_eq!(members["status"]["maximum"], kind.status().as_u16());
            assert_eq!(members["code"]["const"], kind.code());
            if let Some(example) = components["examples"].get(kind.code()) {
                // The title of an example with `Retry-After` contains the time.
                let seconds = example["value"]["retry_after_seconds"].as_u64();
                assert_eq!(example["value"]["title"], *languages.get(0).title(kind, seconds));
                assert_eq!(example["summary"], *languages.get(0).title(kind, None));
                assert_eq!(example["value"]["code"], kind.code());
            }
        }
        let names = document.pointer("/components/schemas/ProblemName/enum").unwrap();
        let known: Vec<&str> = ProblemType::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(*names.as_array().unwrap(), known);
    }
}
