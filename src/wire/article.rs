//! The project's own article event, version 1: `id`, `title`, `text`, `published`, `lang`, `source`, `url`.
//!
//! Only the id and one of title and text are required; other fields are ignored. Schema:
//! `schemas/article.v1.schema.json`.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::reject::{Reject, RejectReason};
use crate::engine::article::ArticleId;

/// An article event as it was sent, its fields of the right type and nothing else decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleEvent {
    /// The publisher's id.
    pub id: ArticleId,
    /// The headline; empty where none was sent.
    pub title: String,
    /// The body; empty where none was sent.
    pub text: String,
    /// The time of publication as sent; RFC 3339 is expected.
    pub published: Option<String>,
    /// The language as sent; BCP 47 is expected.
    pub language: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
}

/// The known fields, each still as JSON text: whatever lies below them is not parsed, however deep.
#[derive(Deserialize)]
struct Fields<'v> {
    #[serde(borrow)]
    id: Option<&'v RawValue>,
    #[serde(borrow)]
    title: Option<&'v RawValue>,
    #[serde(borrow)]
    text: Option<&'v RawValue>,
    #[serde(borrow)]
    published: Option<&'v RawValue>,
    #[serde(borrow)]
    lang: Option<&'v RawValue>,
    #[serde(borrow)]
    source: Option<&'v RawValue>,
    #[serde(borrow)]
    url: Option<&'v RawValue>,
}

/// Decodes an article event.
///
/// # Errors
/// Returns a [`Reject`] that names the fault, and the field where it is one.
pub fn decode(value: &[u8]) -> Result<ArticleEvent, Reject> {
    let text = std::str::from_utf8(value)
        .map_err(|e| Reject::record(RejectReason::InvalidUtf8, format!("not UTF-8 from byte {}", e.valid_up_to())))?;
    // Some producers write a byte order mark; JSON has none.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let fields = parse(text)?;
    let article = ArticleEvent {
        id: id(fields.id)?,
        title: string("title", fields.title)?.unwrap_or_default(),
        text: string("text", fields.text)?.unwrap_or_default(),
        published: string("published", fields.published)?,
        language: string("lang", fields.lang)?,
        source: string("source", fields.source)?,
        url: string("url", fields.url)?,
    };
    let has_word = |text: &str| text.chars().any(char::is_alphanumeric);
    if !has_word(&article.title) && !has_word(&article.text) {
        return Err(Reject::record(RejectReason::NoText, "neither title nor text has a word in it"));
    }
    Ok(article)
}

fn parse(text: &str) -> Result<Fields<'_>, Reject> {
    // A JSON array would be taken field by field, so look at what was sent first.
    if !text.trim_start().starts_with('{') {
        return Err(match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) => Reject::record(RejectReason::NotAnObject, "expected a JSON object, got another JSON value"),
            Err(error) => Reject::record(RejectReason::NotJson, error.to_string()),
        });
    }
    serde_json::from_str(text).map_err(|error| {
        let reason = if is_syntax(&error) { RejectReason::NotJson } else { RejectReason::InvalidField };
        Reject::record(reason, error.to_string())
    })
}

fn is_syntax(error: &serde_json::Error) -> bool {
    matches!(error.classify(), Category::Syntax | Category::Eof)
}

fn id(raw: Option<&RawValue>) -> Result<ArticleId, Reject> {
    let missing = || Reject::field(RejectReason::MissingId, "id", "an article needs an id: a string or an integer");
    let raw = raw.map(RawValue::get).filter(|raw| *raw != "null").ok_or_else(missing)?;
    let integer = !raw.is_empty() && raw.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit());
    let id = if integer { raw.to_owned() } else { text_of("id", "a string or an integer", raw)? };
    if id.trim().is_empty() {
        return Err(missing());
    }
    ArticleId::new(&id).ok_or_else(|| {
        let most = ArticleId::MAX_BYTES;
        let detail = format!("expected at most {most} bytes and no control characters, got {} bytes", id.len());
        Reject::field(RejectReason::InvalidId, "id", detail)
    })
}

fn string(field: &'static str, raw: Option<&RawValue>) -> Result<Option<String>, Reject> {
    let raw = raw.map(RawValue::get).filter(|raw| *raw != "null");
    raw.map(|raw| text_of(field, "a string", raw)).transpose()
}

fn text_of(field: &'static str, expected: &str, raw: &str) -> Result<String, Reject> {
    serde_json::from_str::<String>(raw).map_err(|error| {
        if raw.starts_with('"') {
            // A string that is none, such as one with half of a surrogate pair.
            return Reject::field(RejectReason::NotJson, field, error.to_string());
        }
        Reject::field(RejectReason::InvalidField, field, format!("expected {expected}, got {}", kind(raw)))
    })
}

/// What a JSON text holds, for a person.
fn kind(raw: &str) -> &'static str {
    match raw.bytes().next() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        Some(b'"') => "a string",
        _ => "a number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(value: &str) -> RejectReason {
        decode(value.as_bytes()).unwrap_err().reason
    }

    #[test]
    fn the_least_article_is_an_id_and_a_title() {
        let article = decode(br#"{"id": 7, "title": "Storm", "published": null, "extra": [1, {"a": 2}]}"#).unwrap();
        assert_eq!((article.id.as_str(), article.title.as_str(), article.text.as_str()), ("7", "Storm", ""));
        assert_eq!(article.published, None);
    }

    #[test]
    fn every_fault_has_its_reason() {
        assert_eq!(decode(b"{\"id\": \"\xff\"}").unwrap_err().reason, RejectReason::InvalidUtf8);
        assert_eq!(reason("hello"), RejectReason::NotJson);
        assert_eq!(reason(""), RejectReason::NotJson);
        assert_eq!(reason(r#"{"id": "a", "title": "b""#), RejectReason::NotJson);
        assert_eq!(reason(r#"["a", "Storm"]"#), RejectReason::NotAnObject);
        assert_eq!(reason(r#"["a", "b", "c", "d", "e", "f", "g", "h"]"#), RejectReason::NotAnObject);
        assert_eq!(reason("[1, 2"), RejectReason::NotJson);
        assert_eq!(reason("17"), RejectReason::NotAnObject);
        assert_eq!(reason(r#"{"title": "Storm"}"#), RejectReason::MissingId);
        assert_eq!(reason(r#"{"id": " ", "title": "Storm"}"#), RejectReason::MissingId);
        assert_eq!(reason(r#"{"id": "a\u0007", "title": "Storm"}"#), RejectReason::InvalidId);
        assert_eq!(reason(r#"{"id": {}, "title": "Storm"}"#), RejectReason::InvalidField);
        assert_eq!(reason(r#"{"id": "a"}"#), RejectReason::NoText);
        assert_eq!(reason(r#"{"id": "a", "title": " ", "text": "…"}"#), RejectReason::NoText);
        assert_eq!(reason(r#"{"id": "a", "title": 5}"#), RejectReason::InvalidField);
        assert_eq!(reason(r#"{"id": "a", "id": "b", "title": "Storm"}"#), RejectReason::InvalidField);
        assert_eq!(reason(r#"{"id": "a\ud800", "title": "Storm"}"#), RejectReason::NotJson);
        assert_eq!(reason(r#"{"id": "a", "title": "lone \ud800 surrogate"}"#), RejectReason::NotJson);
    }

    #[test]
    fn deep_nesting_is_skipped_where_it_is_ignored_and_refused_where_it_is_not() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(decode(format!(r#"{{"id": "a", "title": "Storm", "extra": {deep}}}"#).as_bytes()).is_ok());
        assert_eq!(reason(&format!(r#"{{"id": "a", "title": {deep}}}"#)), RejectReason::InvalidField);
        assert_eq!(reason(&deep), RejectReason::NotAnObject);
    }

    #[test]
    fn a_reject_names_the_field_and_what_was_expected() {
        let reject = decode(br#"{"id": "a", "title": ["x"]}"#).unwrap_err();
        assert_eq!(reject.to_string(), "invalid_field: title: expected a string, got an array");
    }
}
