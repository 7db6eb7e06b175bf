//! Page furniture: navigation, dates, share links and lists of headlines that a careless scraper delivers
//! with the text.
//!
//! Running text has sentence ends; furniture comes as a run of short lines without them. This much is
//! known of the first page of any source. Lines are judged by their end and length only, so it holds in any
//! script with sentence marks.

use std::borrow::Cow;

/// A line of at most this many characters without a sentence end may be furniture.
const SHORT_LINE: usize = 120;

/// This many such lines in a row are.
const RUN: usize = 4;

/// The text without its page furniture; the text as it is where nothing else would be left.
pub fn strip(text: &str) -> Cow<'_, str> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.len() < RUN {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    while at < lines.len() {
        let rest = lines.get(at..).unwrap_or_default();
        let run = rest.iter().take_while(|line| looks_like_furniture(line)).count();
        if run < RUN {
            // Running text, with the few short lines before it.
            let end = at + run + 1;
            for line in lines.get(at..end.min(lines.len())).unwrap_or_default() {
                kept.push_str(line);
                kept.push('\n');
            }
            at = end;
        } else {
            at += run;
        }
    }
    if kept.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(kept) }
}

fn looks_like_furniture(line: &str) -> bool {
    let line = line.trim();
    let ended = line
        .trim_end_matches(['"', '”', '»', '\'', '’', ')', ']'])
        .ends_with(['.', '!', '?', '…', ':', ';', '。', '！', '？', '।', '؟']);
    !ended && line.chars().count() <= SHORT_LINE
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTICLE: &str = "The first paragraph has an end.\nSo has the second, “as they say.”\n";

    #[test]
    fn navigation_before_and_headlines_after_are_taken_out() {
        let page = format!(
            "Home\nWorld\nSport\nThursday, October 26\n{ARTICLE}Most read\nStorm hits coast\nBank cuts rate\nTeam wins cup\nAbout us\n"
        );
        assert_eq!(strip(&page), ARTICLE);
    }

    #[test]
    fn a_subheading_or_a_credit_inside_the_text_stays() {
        let text = format!("{ARTICLE}A subheading\nMore text follows here.\nBy our reporter\n");
        assert_eq!(strip(&text), text);
    }

    #[test]
    fn a_text_of_short_lines_alone_is_left_as_it_is() {
        let poem = "one\ntwo\nthree\nfour\nfive";
        assert_eq!(strip(poem), poem);
    }
}
