//! Stemming: one form for the inflections of a word, by the Snowball algorithm of its language.
//!
//! A language without a stemmer keeps its lower-cased words. The crate's version is pinned exactly in
//! `Cargo.toml`, because another stemmer is another model.

use std::borrow::Cow;

use frostem::{Algorithm, Stemmer};

use crate::engine::article::Language;

/// The stemmer of a language, or none.
pub struct WordForms {
    stemmer: Option<Stemmer>,
}

impl WordForms {
    /// The word forms of `language`.
    pub fn of(language: Language) -> Self {
        Self { stemmer: algorithm(language).map(Stemmer::new) }
    }

    /// The stem of a word in lower case.
    pub fn stem<'w>(&self, word: &'w str) -> Cow<'w, str> {
        match &self.stemmer {
            // A stem never helps a very long "word", and the algorithms are not made for one.
            Some(stemmer) if word.len() <= 64 => stemmer.stem(word),
            _ => Cow::Borrowed(word),
        }
    }
}

fn algorithm(language: Language) -> Option<Algorithm> {
    Some(match language.as_str() {
        "ar" => Algorithm::Arabic,
        "ca" => Algorithm::Catalan,
        "da" => Algorithm::Danish,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "en" => Algorithm::English,
        "es" => Algorithm::Spanish,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "hu" => Algorithm::Hungarian,
        "id" => Algorithm::Indonesian,
        "it" => Algorithm::Italian,
        "nl" => Algorithm::Dutch,
        "nb" | "no" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "sv" => Algorithm::Swedish,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_by_language() {
        let english = WordForms::of(Language::new("en").unwrap());
        assert_eq!(english.stem("negotiations"), english.stem("negotiation"));
        let german = WordForms::of(Language::new("de").unwrap());
        assert_eq!(german.stem("erhöhungen"), german.stem("erhöhung"));
        let unknown = WordForms::of(Language::UNDETERMINED);
        assert_eq!(unknown.stem("negotiations"), "negotiations");
    }
}
