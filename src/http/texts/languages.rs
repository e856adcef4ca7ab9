//! The languages of a deployment, and the choice between them.

use std::{collections::BTreeMap, path::Path};

use actix_web::http::header::HeaderValue;
use fluent_bundle::FluentResource;
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use unic_langid::LanguageIdentifier;

use super::{
    Bundle, Texts,
    catalogue::{BUILT_IN, DEVELOPERS, ENGLISH, new_bundle, resource},
    overrides::{self, TextsError},
    problem_id,
};
use crate::{config::UsernameMode, http::problem::ProblemType};

/// The maximum length of an `Accept-Language` that the service reads. Browsers send less than 100
/// bytes.
const MAX_ACCEPT_LANGUAGE: usize = 500;

/// The texts of all languages. The first language is English.
pub struct Languages {
    tags: Vec<LanguageIdentifier>,
    texts: Vec<Texts>,
    explanations: Bundle,
}

/// The explanation of a problem type, for developers.
pub(in crate::http) struct Explanation {
    pub(in crate::http) meaning: String,
    pub(in crate::http) remedy: String,
}

impl Languages {
    /// Reads the built-in languages, and the files of `dir`, which add languages and replace texts.
    /// `mode` decides how the texts call the name of an account.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be read, or if the name of a file is not a language.
    pub fn load(dir: Option<&Path>, mode: UsernameMode) -> Result<Self, TextsError> {
        let mut sources: BTreeMap<&str, Vec<FluentResource>> = BTreeMap::new();
        for (tag, source) in BUILT_IN {
            sources.insert(tag, vec![resource(source)]);
        }
        let own = dir.map(overrides::read).transpose()?.unwrap_or_default();
        for file in &own {
            let texts = file.checked_texts();
            let known = sources.entry(&file.language).or_insert_with(|| {
                let (tag, source) = closest_built_in(&file.language);
                file.log_missing(&texts, tag);
                vec![resource(source)]
            });
            known.push(texts);
        }
        let mut all: Vec<(LanguageIdentifier, Texts)> = Vec::new();
        for (language, resources) in sources {
            let tag: LanguageIdentifier = language.parse().unwrap_or_default();
            let mut bundle = new_bundle(&tag);
            // English has the texts that a language lacks.
            bundle.add_resource_overriding(resource(ENGLISH));
            for resource in resources {
                bundle.add_resource_overriding(resource);
            }
            all.push((tag.clone(), Texts::new(tag, bundle, mode)));
        }
        all.sort_by_key(|(tag, _)| *tag != "en");
        let (tags, texts) = all.into_iter().unzip();
        let mut explanations = new_bundle(&LanguageIdentifier::default());
        explanations.add_resource_overriding(resource(DEVELOPERS));
        Ok(Self { tags, texts, explanations })
    }

    /// Returns the texts in each language.
    pub(in crate::http) fn all(&self) -> impl Iterator<Item = &Texts> {
        self.texts.iter()
    }

    /// Returns the texts in the language with this number.
    pub(in crate::http) fn get(&self, number: usize) -> &Texts {
        &self.texts[number]
    }

    /// Returns the texts in the best language for a client, or in English if the service has none of
    /// the client's languages.
    pub(in crate::http) fn of(&self, accepted: Option<&HeaderValue>) -> &Texts {
        &self.texts[self.number_of(accepted)]
    }

    /// Returns the number of the language that a client prefers (RFC 9110, section 12.5.4).
    pub(in crate::http) fn number_of(&self, accepted: Option<&HeaderValue>) -> usize {
        let accepted = accepted.and_then(|value| value.to_str().ok());
        accepted.map_or(0, |accepted| self.look_up(accepted))
    }

    /// Looks up the best language for a list of tags with weights (RFC 4647, section 3.4). Adds
    /// likely subtags first. Therefore, `zh-CN` finds `zh-Hans`, and `zh-TW` does not.
    pub(in crate::http) fn look_up(&self, accepted: &str) -> usize {
        if accepted.len() > MAX_ACCEPT_LANGUAGE {
            return 0;
        }
        let mut ranges: Vec<(LanguageIdentifier, f32)> = accepted
            .split(',')
            .filter_map(|range| {
                let (tag, parameter) = range.split_once(';').unwrap_or((range, ""));
                let weight = parameter.trim().trim_start_matches(['q', 'Q', '=']);
                let weight = if weight.is_empty() { "1" } else { weight };
                let weight = weight.parse().ok().filter(|weight| *weight > 0.0)?;
                Some((tag_of(tag.trim())?, weight))
            })
            .collect();
        ranges.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        let requested: Vec<LanguageIdentifier> = ranges.into_iter().map(|(tag, _)| tag).collect();
        let found = negotiate_languages(&requested, &self.tags, None, NegotiationStrategy::Lookup);
        let first = found.first();
        first.and_then(|found| self.tags.iter().position(|tag| tag == *found)).unwrap_or(0)
    }

    /// Returns the explanation of a problem type, in English.
    pub(in crate::http) fn explanation(&self, kind: ProblemType) -> Explanation {
        let message = self.explanations.get_message(&problem_id(kind));
        let text = |name: &str| {
            let pattern = message.as_ref()?.get_attribute(name)?.value();
            Some(self.explanations.format_pattern(pattern, None, &mut Vec::new()).into_owned())
        };
        Explanation {
            meaning: text("meaning").unwrap_or_default(),
            remedy: text("remedy").unwrap_or_default(),
        }
    }
}

/// Returns the built-in language with the same language and script, otherwise English. The service
/// uses the built-in texts for those that the file of `language` lacks.
fn closest_built_in(language: &str) -> (&'static str, &'static str) {
    let tags: Vec<LanguageIdentifier> =
        BUILT_IN.iter().filter_map(|(tag, _)| tag.parse().ok()).collect();
    let requested: Vec<LanguageIdentifier> = language.parse().into_iter().collect();
    let found = negotiate_languages(&requested, &tags, None, NegotiationStrategy::Lookup);
    let found = found.first().and_then(|found| tags.iter().position(|tag| tag == *found));
    BUILT_IN[found.unwrap_or(0)]
}

/// Parses a tag without its extensions, such as `u-fw-mon` in `de-DE-u-fw-mon`.
fn tag_of(text: &str) -> Option<LanguageIdentifier> {
    let is_singleton = |subtag: &&str| subtag.len() == 1;
    let end = text.split('-').take_while(|subtag| !is_singleton(subtag)).collect::<Vec<_>>();
    end.join("-").parse().ok()
}
