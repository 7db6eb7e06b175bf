//! Lane routing: which lane an article belongs to. Stories do not cross lanes.

use crate::engine::article::{Article, Lane};

/// Decides the lane: the first rule that applies, otherwise the article's language.
#[derive(Debug, Clone, Default)]
pub struct Router {
    rules: Vec<RoutingRule>,
}

/// A rule: where every condition holds, the article goes to the lane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoutingRule {
    /// One of these languages, by ISO 639-1 code; any where empty.
    pub languages: Vec<String>,
    /// One of these publishers, where `*` stands for any characters; any where empty. Case is ignored.
    pub sources: Vec<String>,
    /// One of these addresses, where `*` stands for any characters; any where empty. Case is ignored.
    pub urls: Vec<String>,
    /// The lane's name, in which `{lang}` stands for the article's language.
    pub lane: String,
}

impl Router {
    /// A router with these rules, the first that applies first.
    pub fn new(rules: Vec<RoutingRule>) -> Self {
        Self { rules }
    }

    /// The lane of an article.
    pub fn lane(&self, article: &Article) -> Lane {
        let language = article.language.as_str();
        let template = self.rules.iter().find(|rule| rule.applies(article)).map_or("{lang}", |rule| &rule.lane);
        // The configuration has checked the template with a language in it.
        Lane::new(&template.replace("{lang}", language)).or_else(|| Lane::new(language)).unwrap_or_else(undetermined)
    }
}

fn undetermined() -> Lane {
    #[expect(clippy::expect_used, reason = "a constant that is a lane's name")]
    Lane::new("und").expect("und is a lane's name")
}

impl RoutingRule {
    fn applies(&self, article: &Article) -> bool {
        let any = |patterns: &[String], value: Option<&str>| {
            patterns.is_empty() || value.is_some_and(|value| patterns.iter().any(|pattern| glob(pattern, value)))
        };
        any(&self.languages, Some(article.language.as_str()))
            && any(&self.sources, article.source.as_deref())
            && any(&self.urls, article.url.as_deref())
    }
}

/// Whether `text` is of the form `pattern`, in which `*` stands for any characters. Case is ignored.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::article::{ArticleId, ArticleTime, Language};

    fn article(lang: &str, source: Option<&str>, url: Option<&str>) -> Article {
        Article {
            id: ArticleId::new("a").unwrap(),
            title: String::new(),
            text: String::new(),
            time: ArticleTime::Unknown,
            language: Language::new(lang).unwrap(),
            source: source.map(Into::into),
            url: url.map(Into::into),
        }
    }

    #[test]
    fn the_first_rule_that_applies_decides_and_otherwise_the_language() {
        let rules = vec![
            RoutingRule { urls: vec!["*/sport/*".into()], lane: "sport.{lang}".into(), ..RoutingRule::default() },
            RoutingRule {
                languages: vec!["nb".into(), "nn".into(), "no".into()],
                lane: "no".into(),
                ..RoutingRule::default()
            },
            RoutingRule { sources: vec!["harbour*".into()], lane: "local".into(), ..RoutingRule::default() },
        ];
        let router = Router::new(rules);
        let lane = |article: Article| router.lane(&article).to_string();
        assert_eq!(lane(article("en", None, Some("https://a.example/Sport/1"))), "sport.en");
        assert_eq!(lane(article("nn", Some("Harbour Post"), None)), "no");
        assert_eq!(lane(article("en", Some("Harbour Post"), None)), "local");
        assert_eq!(lane(article("en", Some("Old Harbour Post"), None)), "en");
        assert_eq!(lane(article("und", None, None)), "und");
    }

    #[test]
    fn patterns_match_as_a_whole() {
        for (pattern, text, expected) in [
            ("a", "A", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("*a*b*", "xaxxbx", true),
            ("a*b", "axbx", false),
            ("*", "", true),
            ("", "", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
