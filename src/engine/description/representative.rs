//! The article that stands for a story: the most central of its latest members.

use crate::engine::clustering::{Member, Story};

/// The member most similar to the story's sum; of equals the earliest, then the lowest id.
pub fn representative(story: &Story) -> Option<&Member> {
    let mut best: Option<(f32, &Member)> = None;
    for member in &story.members {
        let centrality = member.vector.dot(story.sum());
        let better = best.is_none_or(|(so_far, chosen)| {
            centrality.total_cmp(&so_far).then(chosen.time.cmp(&member.time)).then(chosen.id.cmp(&member.id)).is_gt()
        });
        if better {
            best = Some((centrality, member));
        }
    }
    best.map(|(_, member)| member)
}
