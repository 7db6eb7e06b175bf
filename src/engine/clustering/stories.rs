//! The live stories of a lane, by slot and by id, and where each of their articles is.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::story::{Story, StoryId};
use crate::engine::article::ArticleId;
use crate::engine::time::EventTime;

/// A live story's place; reused after the story has closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// Where an article is and which version of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The story's place.
    pub slot: Slot,
    /// The version's hash.
    pub version: u64,
}

/// The live stories of a lane.
#[derive(Debug, Default)]
pub struct Stories {
    slots: Vec<Option<Story>>,
    free: Vec<Slot>,
    by_id: BTreeMap<StoryId, Slot>,
    /// By the event time of the latest article: the longest quiet first.
    by_last_seen: BTreeSet<(EventTime, StoryId)>,
    /// Looked up only, never iterated.
    articles: IndexMap<ArticleId, Placed, FxBuildHasher>,
}

impl Stories {
    /// How many stories are live.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether no story is live.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// How many articles are in live stories.
    pub fn article_count(&self) -> usize {
        self.articles.len()
    }

    /// How many articles the largest live story has.
    pub fn largest(&self) -> usize {
        self.iter().map(Story::article_count).max().unwrap_or(0)
    }

    /// One more than the highest slot in use.
    pub fn slot_count(&self) -> usize {
        self.slots.len()
    }

    /// The story in a slot.
    pub fn get(&self, slot: Slot) -> Option<&Story> {
        self.slots.get(slot.0 as usize)?.as_ref()
    }

    /// The slot of a story.
    pub fn slot_of(&self, id: StoryId) -> Option<Slot> {
        self.by_id.get(&id).copied()
    }

    /// Where an article of a live story is.
    pub fn placed(&self, article: &ArticleId) -> Option<Placed> {
        self.articles.get(article).copied()
    }

    /// The live stories in ascending order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Story> {
        self.by_id.values().filter_map(|slot| self.get(*slot))
    }

    /// The story that has been quiet for longest.
    pub fn longest_quiet(&self) -> Option<Slot> {
        self.by_last_seen.first().and_then(|(_, id)| self.slot_of(*id))
    }

    /// Takes a story in.
    pub fn insert(&mut self, story: Story) -> Slot {
        let slot = self.free.pop().unwrap_or(Slot(u32::try_from(self.slots.len()).unwrap_or(u32::MAX)));
        self.by_id.insert(story.id, slot);
        self.by_last_seen.insert((story.last_seen, story.id));
        match self.slots.get_mut(slot.0 as usize) {
            Some(place) => *place = Some(story),
            None => self.slots.push(Some(story)),
        }
        slot
    }

    /// Changes a story, keeping the order by last article in step.
    pub fn change<T>(&mut self, slot: Slot, change: impl FnOnce(&mut Story) -> T) -> Option<T> {
        let story = self.slots.get_mut(slot.0 as usize)?.as_mut()?;
        let before = story.last_seen;
        let result = change(story);
        if story.last_seen != before {
            self.by_last_seen.remove(&(before, story.id));
            self.by_last_seen.insert((story.last_seen, story.id));
        }
        Some(result)
    }

    /// Notes where an article is.
    pub fn place(&mut self, article: ArticleId, placed: Placed) {
        self.articles.insert(article, placed);
    }

    /// Forgets where an article was.
    pub fn displace(&mut self, article: &ArticleId) {
        self.articles.swap_remove(article);
    }

    /// Takes a story out, and its articles with it.
    pub fn remove(&mut self, slot: Slot) -> Option<Story> {
        let story = self.slots.get_mut(slot.0 as usize)?.take()?;
        self.free.push(slot);
        self.by_id.remove(&story.id);
        self.by_last_seen.remove(&(story.last_seen, story.id));
        for article in &story.article_ids {
            self.articles.swap_remove(article);
        }
        Some(story)
    }
}
