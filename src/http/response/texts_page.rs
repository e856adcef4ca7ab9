use std::collections::BTreeMap;

use serde::Serialize;

use super::etag::Cached;
use crate::http::texts::{Languages, Texts};

/// The texts of the form as JSON, in each language.
pub struct TextsPages(Vec<Cached>);

#[derive(Serialize)]
struct Document<'a> {
    /// The language as a BCP 47 tag.
    language: &'a str,
    /// `ltr` or `rtl`.
    direction: &'static str,
    /// The texts by their ids.
    texts: BTreeMap<String, String>,
}

impl TextsPages {
    /// Renders the texts of each language.
    ///
    /// # Errors
    /// Returns an error if the texts cannot be written as JSON.
    pub fn new(languages: &Languages) -> serde_json::Result<Self> {
        let page = |texts: &Texts| {
            let document = Document {
                language: texts.language(),
                direction: texts.direction(),
                texts: texts.of_form().collect(),
            };
            let body = serde_json::to_string(&document)?;
            Ok(Cached::new("application/json", body).in_language(texts.language()))
        };
        Ok(Self(languages.all().map(page).collect::<serde_json::Result<_>>()?))
    }

    /// Returns the texts in the language with this number.
    pub(in crate::http) fn in_language(&self, number: usize) -> &Cached {
        &self.0[number]
    }
}
