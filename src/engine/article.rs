//! What enters the engine: canonical articles, retractions and ticks, each in lane order.

use std::fmt;
use std::sync::Arc;

use super::time::EventTime;

/// The publisher's id of an article: not empty, at most [`ArticleId::MAX_BYTES`] long, no control characters.
///
/// Cheap to clone; the engine, the indexes and the effects share one allocation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArticleId(Arc<str>);

impl ArticleId {
    /// The longest id that is accepted, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 1024;

    /// Checks and takes an id; `None` where it is empty, too long or holds control characters.
    pub fn new(id: &str) -> Option<Self> {
        let sound = !id.trim().is_empty() && id.len() <= Self::MAX_BYTES && !id.chars().any(char::is_control);
        sound.then(|| Self(id.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A lane's name: 1 to 64 characters of `a-z`, `0-9`, `.`, `_` and `-`.
///
/// A lane is what stories do not cross; the name is the key of the lane log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(Arc<str>);

impl Lane {
    /// Checks and takes a lane's name; `None` where it is not one.
    pub fn new(name: &str) -> Option<Self> {
        let sound = (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
        sound.then(|| Self(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An ISO 639-1 language code in lower case, or `und` where the language is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language([u8; 3]);

impl Language {
    /// The language is not known (ISO 639-2 `und`).
    pub const UNDETERMINED: Self = Self(*b"und");

    /// From a two-letter code in lower case, or `und`; `None` for anything else.
    ///
    /// Whether the code is assigned to a language is intake's business.
    pub fn new(code: &str) -> Option<Self> {
        match code.as_bytes() {
            b"und" => Some(Self::UNDETERMINED),
            [a @ b'a'..=b'z', b @ b'a'..=b'z'] => Some(Self([*a, *b, 0])),
            _ => None,
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        let length = if self.0[2] == 0 { 2 } else { 3 };
        // The bytes are ASCII letters by construction.
        std::str::from_utf8(&self.0[..length]).unwrap_or("und")
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known of an article's event time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ArticleTime {
    /// Nothing: it counts for the time of those around it.
    #[default]
    Unknown,
    /// Its own claim, which nothing else bears out.
    Claimed(EventTime),
    /// A claim near the timestamp of its record, or that timestamp itself.
    Witnessed(EventTime),
}

impl ArticleTime {
    /// The time, where there is one.
    pub const fn told(self) -> Option<EventTime> {
        match self {
            Self::Unknown => None,
            Self::Claimed(time) | Self::Witnessed(time) => Some(time),
        }
    }
}

/// A canonical article: checked, cleaned, dated and with its language decided by intake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// The publisher's id; the same id again is a new version of the same article.
    pub id: ArticleId,
    /// The headline; may be empty where the text is not.
    pub title: String,
    /// The body, paragraphs separated by line ends; may be empty where the title is not.
    pub text: String,
    /// Its event time, as far as it is known.
    pub time: ArticleTime,
    /// The language it is written in.
    pub language: Language,
    /// Who published it.
    pub source: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
}

/// One entry of a lane's log, in the lane's total order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaneEvent {
    /// An article, or a new version of one.
    Article(Article),
    /// The publisher has withdrawn the article.
    Retraction {
        /// The article withdrawn.
        id: ArticleId,
    },
    /// Event time has reached this point though no article came.
    Tick {
        /// The time reached.
        at: EventTime,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn article_ids_refuse_what_would_hurt_a_reader() {
        assert!(ArticleId::new("urn:x:1").is_some());
        assert!(ArticleId::new("").is_none());
        assert!(ArticleId::new("  ").is_none());
        assert!(ArticleId::new("a\u{1b}[2J").is_none());
        assert!(ArticleId::new(&"x".repeat(1025)).is_none());
    }

    #[test]
    fn lanes_and_languages_are_bounded_names() {
        assert!(Lane::new("en").is_some());
        assert!(Lane::new("desk-sport.2").is_some());
        assert!(Lane::new("EN").is_none());
        assert!(Lane::new("").is_none());
        assert_eq!(Language::new("de").map(|l| l.to_string()).as_deref(), Some("de"));
        assert_eq!(Language::new("und"), Some(Language::UNDETERMINED));
        assert_eq!(Language::UNDETERMINED.as_str(), "und");
        assert!(Language::new("deu").is_none());
    }
}
