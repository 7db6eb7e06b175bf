//! A live story: its members, their decayed sum, and what has been told of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_128;

use crate::engine::admission::watermark::Admitted;
use crate::engine::analysis::prepared::{Mention, Prepared};
use crate::engine::analysis::sparse::{Feature, SparseVector};
use crate::engine::article::{ArticleId, Lane, Language};
use crate::engine::emission::telling::Telling;
use crate::engine::time::EventTime;

/// A story's id: 128 bits derived from the lane, the founding article and its event time.
///
/// A replay of the same log gives the same ids. Shown as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoryId(u128);

impl StoryId {
    /// The id of the story that `article` founds at `time` in `lane`; `attempt` tells ids apart where an
    /// earlier one is taken.
    pub fn derive(lane: &Lane, article: &ArticleId, time: EventTime, attempt: u32) -> Self {
        Self(xxh3_128(format!("{lane}\u{0}{article}\u{0}{}\u{0}{attempt}", time.as_millis()).as_bytes()))
    }

    /// From its 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl fmt::Display for StoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Where a story is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoryState {
    /// Articles have come lately.
    Active,
    /// Quiet for a while; an article can still wake it.
    Dormant,
    /// Over: nothing can join it any more.
    Closed,
}

/// An article in a story.
#[derive(Debug, Clone)]
pub struct Member {
    /// The article's id.
    pub id: ArticleId,
    /// Its event time.
    pub time: EventTime,
    /// Its headline.
    pub title: String,
    /// The language it is written in.
    pub language: Language,
    /// Who published it.
    pub source: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
    /// Its weighted terms.
    pub vector: SparseVector,
    /// Hash of its text: equal for copies.
    pub text_hash: u64,
    /// The names in it.
    pub mentions: Vec<Mention>,
    /// The factor with which its vector went into the story's sum.
    added_with: f32,
}

/// How a name stands in a story.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameTally {
    /// Articles that mention it.
    pub articles: u32,
    /// Mentions in all.
    pub mentions: u32,
    /// Articles with it in the title.
    pub titles: u32,
}

/// A live story.
///
/// The sum of the members' vectors is kept in units of the base time: a member of time t went in with the
/// factor exp((t − base) / τ), so a join touches the member's features only and the decayed sum at any
/// later time t is the stored one times exp(−(t − base) / τ).
#[derive(Debug)]
pub struct Story {
    /// Its id.
    pub id: StoryId,
    /// Where it is in its life.
    pub state: StoryState,
    /// Event time of its earliest article.
    pub first_seen: EventTime,
    /// Event time of its latest article.
    pub last_seen: EventTime,
    /// Every article in it, in the order they came.
    pub article_ids: Vec<ArticleId>,
    /// The latest members with their terms.
    pub members: VecDeque<Member>,
    /// Articles by publisher.
    pub sources: BTreeMap<String, u32>,
    /// Names by surface.
    pub names: BTreeMap<String, NameTally>,
    /// What has been told of it and what is due.
    pub telling: Telling,
    sum: SparseVector,
    base: EventTime,
    /// Sum of the members' factors, in the units of `sum`.
    weight: f64,
    /// How many articles went into `sum`: all, but for those retracted when their terms were kept no longer.
    summed: usize,
    /// Articles whose text an earlier one had already.
    reprints: u32,
    /// Articles by the hash of their text.
    texts: BTreeMap<u64, u32>,
}

/// Beyond this many names a story keeps those that stand in the most articles.
const MOST_NAMES: usize = 512;

/// Beyond this many text hashes the story takes further texts for new ones.
const MOST_TEXTS: usize = 4096;

/// The units of the sum are renewed when the exponent passes this: e^40 is far inside the range of f32.
const LARGEST_EXPONENT: f32 = 40.0;

/// What is left of a feature below this part of what was taken away is rounding.
const ROUNDING: f32 = 1e-5;

/// Where less than this part of what is taken away is left of the weight, rounding would show in the sum.
const CANCELLED: f64 = 1e-3;

impl Story {
    /// A story without members, whose sum starts at `time`.
    pub fn new(id: StoryId, time: EventTime) -> Self {
        Self {
            id,
            state: StoryState::Active,
            first_seen: time,
            last_seen: time,
            article_ids: Vec::new(),
            members: VecDeque::new(),
            reprints: 0,
            sources: BTreeMap::new(),
            names: BTreeMap::new(),
            telling: Telling::default(),
            sum: SparseVector::default(),
            base: time,
            weight: 0.0,
            summed: 0,
            texts: BTreeMap::new(),
        }
    }

    /// The sum of its members' vectors, in the units of its base time.
    pub fn sum(&self) -> &SparseVector {
        &self.sum
    }

    /// How many articles are in it.
    pub fn article_count(&self) -> usize {
        self.article_ids.len()
    }

    /// How many different texts are in it.
    pub fn unique_texts(&self) -> usize {
        self.article_ids.len() - self.reprints()
    }

    /// How many articles repeat a text that was in it already. Of an article that is retracted after its
    /// terms were let go, nothing tells whether it was one; but not every article can be.
    pub fn reprints(&self) -> usize {
        (self.reprints as usize).min(self.article_ids.len().saturating_sub(1))
    }

    /// How many publishers have articles in it. That of an article retracted after its terms were let go
    /// still counts; but there are no more of them than articles.
    pub fn publishers(&self) -> usize {
        self.sources.len().min(self.article_ids.len())
    }

    /// The factor that turns the dot product of an article with [`Story::sum`] into the mean over the
    /// members of cosine · exp(−|Δt| / `decay`).
    ///
    /// Exact for an article no earlier than every member. For an earlier one the members' cosines are
    /// taken by their weights in the sum; an undated article is not decayed.
    pub fn factor_for(&self, admitted: Admitted, decay: Duration) -> f32 {
        self.mean_decay(admitted, decay) * self.cosine_factor()
    }

    /// The mean over the members of exp(−|Δt| / `decay`); 1 for an undated article.
    pub fn mean_decay(&self, admitted: Admitted, decay: Duration) -> f32 {
        if !admitted.dated {
            return 1.0;
        }
        if admitted.time >= self.last_seen {
            let exponent = -exponent(admitted.time, self.base, decay);
            return (self.weight * f64::from(exponent).exp() / self.summed.max(1) as f64) as f32;
        }
        let decays = self.members.iter().map(|m| (-ratio(m.time.distance(admitted.time), decay)).exp());
        decays.sum::<f32>() / self.members.len().max(1) as f32
    }

    /// The factor that turns the dot product with [`Story::sum`] into the weighted mean of the cosines.
    fn cosine_factor(&self) -> f32 {
        if self.weight > 0.0 { (1.0 / self.weight) as f32 } else { 0.0 }
    }

    /// Takes a member in. Returns the factor with which its vector went into the sum, and whether the units
    /// were renewed before, so that every other weight of the sum changed too.
    pub fn add(&mut self, mut member: Member, decay: Duration) -> (f32, bool) {
        if self.article_ids.is_empty() {
            (self.first_seen, self.last_seen) = (member.time, member.time);
            if self.sum.is_empty() {
                self.base = member.time;
            }
        }
        self.first_seen = self.first_seen.min(member.time);
        self.last_seen = self.last_seen.max(member.time);
        let renewed = self.renew_units(decay);

        let factor = self.add_to_sum(&mut member, decay);
        self.article_ids.push(member.id.clone());
        self.tally(&member);
        self.members.push_back(member);
        (factor, renewed)
    }

    /// Takes an article out and returns the features that the sum has lost. Where the article's terms are no
    /// longer kept, they stay in the sum as long as there are others of that kind.
    pub fn remove(&mut self, id: &ArticleId, decay: Duration) -> Vec<Feature> {
        self.article_ids.retain(|known| known != id);
        let at = self.members.iter().position(|member| member.id == *id);
        let member = at.and_then(|at| self.members.remove(at));
        if self.members.len() == self.article_ids.len() {
            self.first_seen = self.members.iter().map(|member| member.time).min().unwrap_or(self.first_seen);
            self.last_seen = self.members.iter().map(|member| member.time).max().unwrap_or(self.last_seen);
            // What was not kept can go only by making all anew, and so must what would leave rounding behind.
            if member.as_ref().is_none_or(|member| self.hides_the_others(member)) {
                return self.make_anew(decay);
            }
        }
        let Some(member) = member else { return Vec::new() };
        self.untally(&member);
        self.weight = (self.weight - f64::from(member.added_with)).max(0.0);
        self.summed = self.summed.saturating_sub(1);
        let mut lost = self.sum.take_off(&member.vector, member.added_with, ROUNDING);
        // What another member has may weigh nothing beside the one that left, and is still there.
        lost.retain(|feature| !self.members.iter().any(|other| other.vector.weight(*feature) > 0.0));
        self.sum.forget(&lost);
        lost
    }

    /// Whether so little of the sum is left without `member` that rounding would show in it.
    fn hides_the_others(&self, member: &Member) -> bool {
        self.weight - f64::from(member.added_with) < CANCELLED * f64::from(member.added_with)
    }

    /// Makes sum and counts anew of members that are all kept; returns the features lost.
    fn make_anew(&mut self, decay: Duration) -> Vec<Feature> {
        let mut lost: BTreeSet<Feature> = std::mem::take(&mut self.sum).iter().map(|(feature, _)| feature).collect();
        (self.weight, self.summed, self.reprints) = (0.0, 0, 0);
        self.texts.clear();
        self.sources.clear();
        self.names.clear();
        self.base = self.last_seen;
        for mut member in std::mem::take(&mut self.members) {
            self.add_to_sum(&mut member, decay);
            self.tally(&member);
            self.members.push_back(member);
        }
        for (feature, _) in self.sum.iter() {
            lost.remove(&feature);
        }
        lost.into_iter().collect()
    }

    /// Adds a member's vector to the sum and returns the factor with which it went in.
    fn add_to_sum(&mut self, member: &mut Member, decay: Duration) -> f32 {
        let factor = exponent(member.time, self.base, decay).exp();
        self.sum.add_scaled(&member.vector, factor);
        self.weight += f64::from(factor);
        self.summed += 1;
        member.added_with = factor;
        factor
    }

    /// Moves the story later in time as a whole.
    pub fn postpone(&mut self, by: Duration) {
        for time in [&mut self.first_seen, &mut self.last_seen, &mut self.base] {
            *time = time.plus(by);
        }
        for member in &mut self.members {
            member.time = member.time.plus(by);
        }
        self.telling.postpone(by);
    }

    /// Lets the oldest members beyond `most` go; they stay in the sum and the counts.
    pub fn trim_members(&mut self, most: usize) {
        while self.members.len() > most {
            self.members.pop_front();
        }
    }

    /// Keeps the `most` strongest features of the sum and returns the dropped ones.
    pub fn trim_features(&mut self, most: usize) -> Vec<Feature> {
        if self.sum.len() <= most {
            return Vec::new();
        }
        // Drop an eighth at once, so that the sort is rare. Of equal weights the first features stay: where
        // an article has many words that were never seen before, they all weigh the same.
        let keep = most - most / 8;
        let stronger = |a: &(Feature, f32), b: &(Feature, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        let mut ranked: Vec<(Feature, f32)> = self.sum.iter().collect();
        let Some((_, first_dropped, _)) = (keep < ranked.len()).then(|| ranked.select_nth_unstable_by(keep, stronger))
        else {
            return Vec::new();
        };
        let first_dropped = *first_dropped;
        let dropped = self.sum.split_off(|feature, weight| stronger(&(feature, weight), &first_dropped).is_lt());
        // What has left the sum cannot be taken off it with the member.
        for member in &mut self.members {
            member.vector.forget(&dropped);
        }
        dropped
    }

    /// Moves the base time up when the units have grown large; `true` if every weight of the sum changed.
    fn renew_units(&mut self, decay: Duration) -> bool {
        let exponent = exponent(self.last_seen, self.base, decay);
        if exponent <= LARGEST_EXPONENT {
            return false;
        }
        let factor = (-exponent).exp();
        self.sum.scale(factor);
        self.weight *= f64::from(factor);
        for member in &mut self.members {
            member.added_with *= factor;
        }
        self.base = self.last_seen;
        true
    }

    fn tally(&mut self, member: &Member) {
        if let Some(source) = &member.source {
            *self.sources.entry(source.clone()).or_default() += 1;
        }
        if let Some(copies) = self.texts.get_mut(&member.text_hash) {
            *copies += 1;
            self.reprints += 1;
        } else if self.texts.len() < MOST_TEXTS {
            self.texts.insert(member.text_hash, 1);
        }
        for mention in &member.mentions {
            let tally = self.names.entry(mention.surface.clone()).or_default();
            tally.articles += 1;
            tally.mentions += mention.count;
            tally.titles += u32::from(mention.in_title);
        }
        if self.names.len() > MOST_NAMES {
            let mut articles: Vec<u32> = self.names.values().map(|tally| tally.articles).collect();
            articles.sort_unstable_by(|a, b| b.cmp(a));
            let least = articles.get(MOST_NAMES / 2).copied().unwrap_or(0);
            self.names.retain(|_, tally| tally.articles > least);
        }
    }

    fn untally(&mut self, member: &Member) {
        if let Some(source) = &member.source
            && let Some(count) = self.sources.get_mut(source)
        {
            *count -= 1;
            if *count == 0 {
                self.sources.remove(source);
            }
        }
        match self.texts.get_mut(&member.text_hash) {
            Some(copies) if *copies > 1 => {
                *copies -= 1;
                self.reprints = self.reprints.saturating_sub(1);
            }
            _ => {
                self.texts.remove(&member.text_hash);
            }
        }
        for mention in &member.mentions {
            if let Some(tally) = self.names.get_mut(&mention.surface) {
                tally.articles = tally.articles.saturating_sub(1);
                tally.mentions = tally.mentions.saturating_sub(mention.count);
                tally.titles = tally.titles.saturating_sub(u32::from(mention.in_title));
                if tally.articles == 0 {
                    self.names.remove(&mention.surface);
                }
            }
        }
    }
}

impl Member {
    /// An analysed article that has not gone into a story's sum yet.
    pub fn new(article: Prepared, time: EventTime, vector: SparseVector) -> Self {
        Self {
            id: article.id,
            time,
            title: article.title,
            language: article.language,
            source: article.source,
            url: article.url,
            vector,
            text_hash: article.text_hash,
            mentions: article.mentions,
            added_with: 0.0,
        }
    }
}

/// (`time` − `base`) / `decay`, negative where `time` is earlier.
fn exponent(time: EventTime, base: EventTime, decay: Duration) -> f32 {
    ratio(time.since(base), decay) - ratio(base.since(time), decay)
}

fn ratio(part: Duration, whole: Duration) -> f32 {
    part.as_secs_f32() / whole.as_secs_f32()
}
