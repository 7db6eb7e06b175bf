//! The canonical article: one cleaned, dated form of whatever was sent, in a known language.

use unicode_normalization::{UnicodeNormalization, is_nfc};
use whatlang::Lang;

use super::dating::{DateDoubt, DatingRules};
use super::routing::Router;
use crate::engine::article::{Article, Lane, Language};
use crate::engine::time::EventTime;
use crate::wire::article::ArticleEvent;

/// The rules by which intake makes articles canonical.
#[derive(Debug, Clone)]
pub struct IntakeRules {
    /// Larger values are dead letters, in bytes.
    pub max_record_bytes: usize,
    /// Longer texts are cut, in characters.
    pub max_text_chars: usize,
    /// Which dates are believed.
    pub dating: DatingRules,
    /// Which lane an article belongs to.
    pub router: Router,
}

/// A canonical article and what was decided on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The article.
    pub article: Article,
    /// The lane it belongs to.
    pub lane: Lane,
    /// Why its date was not believed, where it was not.
    pub doubt: Option<DateDoubt>,
    /// Whether its text was cut.
    pub cut: bool,
}

/// Makes an article event canonical.
pub fn canonical(event: ArticleEvent, record_time: Option<EventTime>, rules: &IntakeRules) -> Canonical {
    let dated = rules.dating.date(event.published.as_deref(), record_time);
    let (title, title_cut) = clean(&event.title, rules.max_text_chars);
    let (text, text_cut) = clean(&event.text, rules.max_text_chars);
    let source = event.source.map(|source| clean(&source, LONGEST_NAME).0).filter(|source| !source.is_empty());
    let url = event.url.map(|url| clean(&url, LONGEST_URL).0).filter(|url| !url.is_empty());
    let language = language(event.language.as_deref(), &title, &text);
    let article = Article { id: event.id, title, text, time: dated.time, language, source, url };
    Canonical { lane: rules.router.lane(&article), article, doubt: dated.doubt, cut: title_cut || text_cut }
}

/// The longest publisher's name, in characters.
const LONGEST_NAME: usize = 256;

/// The longest address, in characters.
const LONGEST_URL: usize = 2048;

/// Cleans a text: NFC, line ends as `\n`, and no characters that only steer a terminal or the direction of
/// writing. Tells whether it had to be cut.
fn clean(text: &str, most_chars: usize) -> (String, bool) {
    let mut cleaned = String::with_capacity(text.len().min(most_chars.saturating_mul(4)));
    let mut kept = 0;
    let mut push = |c: char| {
        if kept < most_chars {
            cleaned.push(c);
        }
        kept += 1;
        kept <= most_chars
    };
    let complete = if is_nfc(text) {
        text.chars().filter_map(visible).all(&mut push)
    } else {
        text.nfc().filter_map(visible).all(&mut push)
    };
    (cleaned.trim().to_owned(), !complete)
}

/// The character as it is kept: control and bidirectional formatting characters are not.
fn visible(c: char) -> Option<char> {
    match c {
        '\n' => Some('\n'),
        // Line and paragraph separators, and the other white space that ends a line.
        '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{b}' | '\u{c}' => Some('\n'),
        '\t' => Some(' '),
        // Bidirectional marks, embeddings, overrides and isolates; the byte order mark; soft hyphens.
        '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}'
        | '\u{ad}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

/// The language an article names, or the one it is written in.
fn language(named: Option<&str>, title: &str, text: &str) -> Language {
    named.and_then(primary_subtag).unwrap_or_else(|| detect(title, text))
}

/// The language of a BCP 47 tag such as `en`, `pt-BR` or `zh_Hans`, where ISO 639-1 has its code.
fn primary_subtag(tag: &str) -> Option<Language> {
    let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
    let code = if primary.len() == 3 { two_letters(&primary)? } else { primary.as_str() };
    ISO_639_1.split(' ').any(|known| known == code).then(|| Language::new(code)).flatten()
}

/// How much of a text is looked at to tell its language, in characters.
const DETECTION_SAMPLE: usize = 2000;

fn detect(title: &str, text: &str) -> Language {
    let sample: String = title.chars().chain(['\n']).chain(text.chars()).take(DETECTION_SAMPLE).collect();
    whatlang::detect(&sample)
        .filter(whatlang::Info::is_reliable)
        .and_then(|info| Language::new(code(info.lang())?))
        .unwrap_or(Language::UNDETERMINED)
}

/// The ISO 639-1 code of a language that can be detected.
fn code(lang: Lang) -> Option<&'static str> {
    match lang.code() {
        // Mandarin is detected as such; the written language is Chinese.
        "cmn" => Some("zh"),
        code => two_letters(code),
    }
}

/// The two-letter code of a three-letter one (ISO 639-3 and the older bibliographic ones), for the
/// languages that news arrives in.
fn two_letters(code: &str) -> Option<&'static str> {
    THREE_LETTERS
        .split(' ')
        .find_map(|pair| pair.split_once('=').filter(|(three, _)| *three == code))
        .map(|(_, two)| two)
}

const THREE_LETTERS: &str = "afr=af aka=ak amh=am ara=ar aze=az bel=be ben=bn bul=bg cat=ca ces=cs cze=cs zho=zh chi=zh \
    cmn=zh cym=cy wel=cy dan=da deu=de ger=de ell=el gre=el eng=en epo=eo est=et eus=eu baq=eu fas=fa pes=fa per=fa fin=fi \
    fra=fr fre=fr gle=ga glg=gl guj=gu hau=ha heb=he hin=hi hrv=hr hun=hu hye=hy arm=hy ind=id isl=is ice=is ita=it jav=jv \
    jpn=ja kan=kn kat=ka geo=ka kaz=kk khm=km kor=ko lat=la lav=lv lit=lt mal=ml mar=mr mkd=mk mac=mk mon=mn msa=ms may=ms \
    mya=my bur=my nep=ne nld=nl dut=nl nob=nb nor=no ori=or pan=pa pol=pl por=pt ron=ro rum=ro rus=ru sin=si slk=sk slo=sk \
    slv=sl sna=sn som=so spa=es sqi=sq alb=sq srp=sr swa=sw swe=sv tam=ta tel=te tgl=tl tha=th tuk=tk tur=tr ukr=uk urd=ur \
    uzb=uz vie=vi yid=yi zul=zu";

/// The codes of ISO 639-1.
const ISO_639_1: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv \
    dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu \
    ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne \
    ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv \
    sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_of_every_style_and_none() {
        for (tag, expected) in
            [("en", "en"), ("pt-BR", "pt"), ("zh_Hans", "zh"), ("ENG", "en"), ("deu", "de"), (" fr ", "fr")]
        {
            assert_eq!(primary_subtag(tag).map(|l| l.to_string()).as_deref(), Some(expected), "{tag}");
        }
        for tag in ["", "english", "xx", "e", "12", "qqq"] {
            assert_eq!(primary_subtag(tag), None, "{tag}");
        }
    }

    #[test]
    fn the_language_is_detected_where_none_is_named() {
        let text = "Die Europäische Zentralbank lässt den Leitzins nach zehn Erhöhungen unverändert und wartet ab.";
        assert_eq!(language(None, "", text).as_str(), "de");
        assert_eq!(language(Some("klingon"), "", text).as_str(), "de");
        assert_eq!(language(Some("en"), "", text).as_str(), "en", "what the event names counts");
        assert_eq!(language(None, "7", ""), Language::UNDETERMINED);
    }

    #[test]
    fn invisible_characters_go_and_the_text_stays() {
        let (cleaned, cut) = clean("\u{202e}A\u{0} b\u{feff}\r\nc\u{2028}d e\u{301}\u{1b}[2J ", 100);
        assert_eq!((cleaned.as_str(), cut), ("A b\nc\nd é[2J", false));
        assert_eq!(clean("äöü", 2), ("äö".to_owned(), true));
        assert_eq!(clean("äöü", 3), ("äöü".to_owned(), false));
    }
}
