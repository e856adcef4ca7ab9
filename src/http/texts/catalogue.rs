//! The built-in texts.

use fluent_bundle::{FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

pub(super) type Bundle = FluentBundle<FluentResource>;

pub(super) const ENGLISH: &str = include_str!("../../../locales/en.ftl");

/// The texts of each built-in language. English is the first language.
pub(super) const BUILT_IN: [(&str, &str); 12] = [
    ("en", ENGLISH),
    ("ar", include_str!("../../../locales/ar.ftl")),
    ("de", include_str!("../../../locales/de.ftl")),
    ("es", include_str!("../../../locales/es.ftl")),
    ("fr", include_str!("../../../locales/fr.ftl")),
    ("it", include_str!("../../../locales/it.ftl")),
    ("ja", include_str!("../../../locales/ja.ftl")),
    ("ko", include_str!("../../../locales/ko.ftl")),
    ("nl", include_str!("../../../locales/nl.ftl")),
    ("pl", include_str!("../../../locales/pl.ftl")),
    ("pt-BR", include_str!("../../../locales/pt-BR.ftl")),
    ("zh-Hans", include_str!("../../../locales/zh-Hans.ftl")),
];

pub(super) const DEVELOPERS: &str = include_str!("../../../locales/developers.ftl");

/// Parses a built-in file. Unit tests check that the files have no errors.
pub(super) fn resource(source: &str) -> FluentResource {
    FluentResource::try_new(source.to_owned()).unwrap_or_else(|(readable, _)| readable)
}

/// Returns the English texts. English has a text for every id.
pub(super) fn english() -> Bundle {
    let mut bundle = new_bundle(&LanguageIdentifier::default());
    bundle.add_resource_overriding(resource(ENGLISH));
    bundle
}

/// Returns the ids of the texts of the sign-up page.
pub(super) fn page_ids() -> impl Iterator<Item = String> {
    let lines = ENGLISH.lines().filter(|line| line.starts_with("page-"));
    lines.filter_map(|line| Some(line.split_once(' ')?.0.to_owned()))
}

/// Returns a bundle that adds no Unicode direction marks around arguments.
pub(super) fn new_bundle(tag: &LanguageIdentifier) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![tag.clone()]);
    bundle.set_use_isolating(false);
    bundle
}
