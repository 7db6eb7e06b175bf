//! Background tables: in which share of articles a common word stands, before the lane has seen any.
//!
//! A lane that has just started would otherwise take "said" for a rare word. The tables are derived from
//! word frequencies (see `background/README.md` for the source, the formula and the licence); they also
//! tell an ordinary word at the start of a sentence from a name.

use crate::engine::article::Language;

/// The background table of one language: words in lower case, in ascending byte order.
#[derive(Debug, Clone, Copy)]
pub struct Background {
    table: &'static str,
}

impl Background {
    /// The table of `language`; empty where there is none.
    pub fn of(language: Language) -> Self {
        Self { table: table(language.as_str()) }
    }

    /// Every word with the share of articles it stands in, above 0 and at most 1.
    pub fn words(&self) -> impl Iterator<Item = (&'static str, f64)> + use<> {
        self.table.lines().filter_map(parse_line)
    }

    /// Whether `word`, in lower case, is in the table.
    pub fn contains(&self, word: &str) -> bool {
        self.share(word).is_some()
    }

    /// The share of articles that `word`, in lower case, stands in.
    pub fn share(&self, word: &str) -> Option<f64> {
        // A binary search over the bytes of the table: lines are sorted by word.
        let (mut low, mut high) = (0, self.table.len());
        while low < high {
            let middle = low + (high - low) / 2;
            // By bytes: the middle may lie within a character.
            let before = self.table.as_bytes().get(..middle)?;
            let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1).max(low);
            let rest = self.table.get(start..)?;
            let line = rest.lines().next()?;
            let (found, share) = parse_line(line)?;
            match word.cmp(found) {
                std::cmp::Ordering::Equal => return Some(share),
                std::cmp::Ordering::Less => high = start,
                std::cmp::Ordering::Greater => low = start + line.len() + 1,
            }
        }
        None
    }
}

fn parse_line(line: &'static str) -> Option<(&'static str, f64)> {
    let (word, permille) = line.split_once('\t')?;
    let permille: f64 = permille.parse().ok()?;
    Some((word, permille / 1000.0))
}

macro_rules! tables {
    ($code:expr, $($known:literal),+) => {
        match $code {
            $($known => include_str!(concat!("background/", $known, ".tsv")),)+
            "no" => include_str!("background/nb.tsv"),
            _ => "",
        }
    };
}

fn table(code: &str) -> &'static str {
    tables!(
        code, "ar", "ca", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "hu", "id", "it", "nb", "nl", "pl",
        "pt", "ro", "ru", "sv", "tr", "uk"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_every_table_is_found_again() {
        for code in ["ar", "de", "en", "es", "fr", "nb", "ru", "tr", "uk"] {
            let background = Background::of(Language::new(code).unwrap());
            let mut count = 0;
            for (word, share) in background.words() {
                assert_eq!(background.share(word), Some(share), "{code}: {word}");
                assert!(share > 0.0 && share <= 1.0, "{code}: {word}");
                count += 1;
            }
            assert!(count > 500, "{code}: {count} words");
            assert_eq!(count, background.table.lines().count(), "{code}: a line does not parse");
        }
    }

    #[test]
    fn function_words_are_in_nearly_every_article_and_names_in_none() {
        let english = Background::of(Language::new("en").unwrap());
        assert!(english.share("the").unwrap() > 0.99);
        assert!(english.contains("said"));
        assert!(!english.contains("bogdanov"));
        assert!(!english.contains(""));
        assert!(!english.contains("zzzz"));
        assert!(!Background::of(Language::UNDETERMINED).contains("the"));
    }
}
