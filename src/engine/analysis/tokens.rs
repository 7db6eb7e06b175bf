//! Tokens: the words and numbers of a text, with what surrounds them.
//!
//! Word bounds follow Unicode Standard Annex 29. Whether a token opens a sentence decides if its capital
//! letter says anything, so it is kept.

use unicode_segmentation::UnicodeSegmentation;

/// One word or number as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'t> {
    /// The token without a possessive ending.
    pub text: &'t str,
    /// Where it starts, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// Whether it starts with an upper-case letter.
    pub capitalised: bool,
    /// Whether it starts with a digit.
    pub number: bool,
    /// How it is joined to the token before it.
    pub join: Join,
}

/// How a token is joined to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// It opens a sentence, a line, a quotation or the text.
    SentenceStart,
    /// Only a space, a hyphen or the full stop of an abbreviation lies between.
    Adjacent,
    /// Other punctuation lies between.
    Apart,
}

/// The tokens of `text` in order.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found: Vec<Token<'_>> = Vec::with_capacity(text.len() / 6);
    for (start, word) in text.unicode_word_indices() {
        let end = start + word.len();
        let join = match found.last() {
            None => Join::SentenceStart,
            Some(before) => join_over(text.get(before.end..start).unwrap_or_default(), before),
        };
        let first = word.chars().next();
        let stem = without_possessive(word);
        found.push(Token {
            text: stem,
            start,
            end,
            capitalised: first.is_some_and(char::is_uppercase),
            number: first.is_some_and(char::is_numeric),
            join,
        });
    }
    found
}

fn join_over(gap: &str, before: &Token<'_>) -> Join {
    if gap == " " || gap == "-" || gap == "\u{2011}" || gap == "\u{a0}" {
        return Join::Adjacent;
    }
    // "J. Smith", "Gov. Lee", "U.S. Senate": the full stop belongs to the abbreviation.
    let abbreviation = before.capitalised && before.text.chars().count() <= 3;
    if gap == ". " && abbreviation {
        return Join::Adjacent;
    }
    let opens = |c: char| {
        matches!(
            c,
            '.' | '!'
                | '?'
                | ':'
                | '…'
                | '\n'
                | '"'
                | '“'
                | '”'
                | '«'
                | '»'
                | '„'
                | '—'
                | '('
                | '•'
                | '|'
                | '。'
                | '！'
                | '？'
        )
    };
    if gap.contains(opens) { Join::SentenceStart } else { Join::Apart }
}

fn without_possessive(word: &str) -> &str {
    word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<(&str, Join)> {
        tokens(text).into_iter().map(|t| (t.text, t.join)).collect()
    }

    #[test]
    fn possessives_abbreviations_and_sentences() {
        use Join::{Adjacent, Apart, SentenceStart};
        assert_eq!(
            seen("Russia's envoy met J. Smith. He left, quietly."),
            [
                ("Russia", SentenceStart),
                ("envoy", Adjacent),
                ("met", Adjacent),
                ("J", Adjacent),
                ("Smith", Adjacent),
                ("He", SentenceStart),
                ("left", Adjacent),
                ("quietly", Apart),
            ]
        );
    }

    #[test]
    fn numbers_keep_their_separators() {
        let all = tokens("It cost 1,200.50 euros in 2023");
        let numbers: Vec<_> = all.iter().filter(|t| t.number).map(|t| t.text).collect();
        assert_eq!(numbers, ["1,200.50", "2023"]);
    }
}
