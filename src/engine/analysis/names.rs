//! Names in running text: capitalised runs such as "Mousa Abu Marzouk" or "Harrow Falls".
//!
//! A capital letter counts for nothing at the start of a sentence and in a title set in title case or in
//! capitals, so those are resolved by what the rest of the article shows.

use std::collections::BTreeSet;

use super::background::Background;
use super::tokens::{Join, Token};

/// A run of tokens that names something: `tokens[first..=last]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameRun {
    /// The first token of the run.
    pub first: usize,
    /// The last token of the run.
    pub last: usize,
}

/// Words that stay in lower case inside a name.
const PARTICLES: [&str; 12] = ["al", "bin", "da", "de", "del", "der", "di", "du", "el", "ibn", "van", "von"];

/// Weekdays and months in English, German, Spanish and French, but for abbreviations that are names as well:
/// capitalised, yet never what a story is about.
const CALENDAR: [&str; 68] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonnabend",
    "sonntag",
    "januar",
    "februar",
    "märz",
    "mai",
    "juni",
    "juli",
    "oktober",
    "dezember",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "feb",
    "apr",
    "aug",
    "sept",
    "oct",
    "nov",
    "dec",
    "vendredi",
    "samedi",
    "dimanche",
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// A word in this share of all articles opens no name.
const EVERYWHERE: f64 = 0.3;

/// The tokens of one part of an article and whether its capital letters can be trusted.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a, 't> {
    /// The tokens in order.
    pub tokens: &'a [Token<'t>],
    /// Whether most of its words are capitalised, as in a headline set in title case.
    pub title_case: bool,
}

impl<'a, 't> Part<'a, 't> {
    /// A part of running text.
    pub fn body(tokens: &'a [Token<'t>]) -> Self {
        Self { tokens, title_case: false }
    }

    /// A headline: title case where at least 60 % of its words after the first are capitalised.
    pub fn title(tokens: &'a [Token<'t>]) -> Self {
        let after_first = tokens.get(1..).unwrap_or_default();
        let words = after_first.iter().filter(|t| !t.number).count();
        let capitalised = after_first.iter().filter(|t| t.capitalised).count();
        Self { tokens, title_case: capitalised * 10 >= words * 6 && words > 0 }
    }
}

/// Which capitalised words of an article are names.
#[derive(Debug)]
pub struct NameFinder {
    /// Words in lower case that were seen with a capital letter in the middle of a sentence.
    witnessed: BTreeSet<String>,
    background: Background,
}

impl NameFinder {
    /// Learns from the middle of sentences which words carry their capital letter for a reason.
    pub fn learn(parts: &[Part<'_, '_>], background: Background) -> Self {
        let mut witnessed = BTreeSet::new();
        for part in parts.iter().filter(|part| !part.title_case) {
            for token in part.tokens {
                if token.capitalised && token.join != Join::SentenceStart {
                    witnessed.insert(token.text.to_lowercase());
                }
            }
        }
        Self { witnessed, background }
    }

    /// The name runs of one part, in order.
    pub fn runs(&self, part: Part<'_, '_>) -> Vec<NameRun> {
        let tokens = part.tokens;
        let mut runs = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            if !self.opens(part, at) {
                at += 1;
                continue;
            }
            let mut last = at;
            while let Some(next) = self.continues(part, last) {
                last = next;
            }
            runs.push(NameRun { first: at, last });
            at = last + 1;
        }
        runs
    }

    fn opens(&self, part: Part<'_, '_>, at: usize) -> bool {
        let Some(token) = part.tokens.get(at) else { return false };
        if !is_candidate(token) {
            return false;
        }
        let word = token.text.to_lowercase();
        if CALENDAR.contains(&word.as_str()) {
            return false;
        }
        // "The" in the middle of a headline; but "US" and "IT" are no pronouns.
        let acronym = token.text.chars().all(char::is_uppercase);
        if !acronym && self.background.share(&word).is_some_and(|share| share >= EVERYWHERE) {
            return false;
        }
        let witnessed = self.witnessed.contains(&word);
        if part.title_case {
            return witnessed;
        }
        if token.join != Join::SentenceStart || witnessed {
            return true;
        }
        // At the start of a sentence: a name if it runs on into one and is no everyday word.
        self.continues(part, at).is_some() && !self.background.contains(&word)
    }

    /// The index of the token with which the run that ends at `last` goes on.
    fn continues(&self, part: Part<'_, '_>, last: usize) -> Option<usize> {
        let joined = |at: usize| part.tokens.get(at).filter(|t| t.join == Join::Adjacent);
        let accepted = |token: &Token<'_>| {
            let word = token.text.to_lowercase();
            let trusted = !part.title_case || self.witnessed.contains(&word);
            is_candidate(token) && trusted && !CALENDAR.contains(&word.as_str())
        };
        let next = joined(last + 1)?;
        if accepted(next) {
            return Some(last + 1);
        }
        let particle = PARTICLES.contains(&next.text);
        let after = joined(last + 2)?;
        (particle && accepted(after)).then_some(last + 2)
    }
}

fn is_candidate(token: &Token<'_>) -> bool {
    let mut chars = token.text.chars();
    let single = chars.next().is_some() && chars.next().is_none();
    token.capitalised && !single
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::analysis::tokens::tokens;
    use crate::engine::article::Language;

    fn names(title: &str, body: &str) -> Vec<String> {
        let (title_tokens, body_tokens) = (tokens(title), tokens(body));
        let parts = [Part::title(&title_tokens), Part::body(&body_tokens)];
        let finder = NameFinder::learn(&parts, Background::of(Language::new("en").unwrap()));
        let mut found = Vec::new();
        for (part, text) in parts.iter().zip([title, body]) {
            for run in finder.runs(*part) {
                found.push(text.get(part.tokens[run.first].start..part.tokens[run.last].end).unwrap().to_owned());
            }
        }
        found
    }

    #[test]
    fn runs_with_particles_initials_and_sentence_starts() {
        assert_eq!(
            names("", "The envoy, Ali Bagheri Kani, met Jan van Dyck. Moscow hosted them. They left Moscow on Monday."),
            ["Ali Bagheri Kani", "Jan van Dyck", "Moscow", "Moscow"]
        );
    }

    #[test]
    fn an_everyday_word_that_opens_a_sentence_is_no_name() {
        assert_eq!(names("", "After Russia spoke, people left. People stayed."), ["Russia"]);
    }

    #[test]
    fn an_article_opens_no_name_and_an_acronym_does() {
        assert_eq!(names("", "He said The Hague and US courts agreed."), ["Hague", "US"]);
    }

    #[test]
    fn a_title_in_title_case_is_resolved_by_the_body() {
        assert_eq!(
            names("Hamas Delegation Visits Moscow For Talks", "Officials of Hamas came to Moscow."),
            ["Hamas", "Moscow", "Hamas", "Moscow"]
        );
    }
}
