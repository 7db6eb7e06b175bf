//! Memory is bounded: each budget holds, and the engine goes on.

use expect_test::expect;

use super::script::{Stage, event};
use super::{check_with, params, size};
use crate::engine::article::LaneEvent;

#[test]
fn the_longest_quiet_story_makes_room() {
    let mut params = params();
    params.clustering.max_stories = size(2);
    check_with(
        params,
        "a1 0h Coastwire flood-1
        c1 1h Coastwire strike-1
        a2 2h Harbour flood-2
        d1 3h Coastwire trial-1
        c2 4h Harbour strike-2
        c1 5h Coastwire strike-1
        tick 6h",
        expect![[r#"
            a1 0h Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            c1 1h Coastwire strike-1
                c1 founded B @1h
                B created @1h: 1 +c1
            a2 2h Harbour flood-2
                a2 joined A @2h
                A updated @2h: 2 +a2
            d1 3h Coastwire trial-1
                B closed, evicted @3h: 1
                d1 founded C @3h
                C created @3h: 1 +d1
            c2 4h Harbour strike-2
                A closed, evicted @4h: 2
                c2 founded D @4h
                D created @4h: 1 +c2
            c1 5h Coastwire strike-1
                c1 joined D @5h
                D updated @5h: 2 +c1
            tick 6h
        "#]],
    );
}

#[test]
fn one_live_story_is_enough_to_go_on() {
    let mut params = params();
    params.clustering.max_stories = size(1);
    check_with(
        params,
        "a1 0h Coastwire flood-1
        c1 0h Coastwire strike-1
        a1 0h Coastwire flood-1
        a2 0h Harbour flood-2
        retract a1
        retract a2
        c2 1h Harbour strike-2",
        expect![[r#"
            a1 0h Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            c1 0h Coastwire strike-1
                A closed, evicted @0m: 1
                c1 founded B @0m
                B created @0m: 1 +c1
            a1 0h Coastwire flood-1
                B closed, evicted @0m: 1
                a1 founded C @0m
                C created @0m: 1 +a1
            a2 0h Harbour flood-2
                a2 joined C @0m
            retract a1
                a1 unassigned
            retract a2
                a2 unassigned
                C closed, retracted @0m: 0 -a1
            c2 1h Harbour strike-2
                c2 founded D @1h
                D created @1h: 1 +c2
        "#]],
    );
}

#[test]
fn an_evicted_story_is_counted() {
    let mut params = params();
    params.clustering.max_stories = size(2);
    let mut stage = Stage::new(params);
    for (n, telling) in ["flood-1", "strike-1", "trial-1", "comet-1", "other-flood-1"].into_iter().enumerate() {
        stage.apply(event(&format!("a{n} {n}h Coastwire {telling}")));
        assert!(stage.engine.stats().live_stories <= 2);
    }
    assert_eq!(stage.engine.stats().evicted_stories, 3);
    assert_eq!(stage.ledger.story_count(), 5);
}

#[test]
fn a_story_keeps_its_latest_members_and_counts_all() {
    let mut params = params();
    params.clustering.max_members = size(3);
    let mut stage = Stage::new(params);
    for n in 1..=50 {
        stage.apply(event(&format!("a{n} {n}h Coastwire flood-{}", n % 4 + 1)));
        assert!(stage.engine.stories.iter().all(|story| story.members.len() <= 3));
    }
    let story = stage.engine.stories.iter().next().unwrap();
    let kept: Vec<&str> = story.members.iter().map(|member| member.id.as_str()).collect();
    assert_eq!(kept, ["a48", "a49", "a50"]);
    assert_eq!((story.article_count(), story.reprints()), (50, 46));
    assert_eq!(stage.engine.stats().largest_story, 50);
}

/// An article of the flood, with `count` words of its own that no other article has.
fn wordy(n: usize, count: usize) -> LaneEvent {
    let own: Vec<String> = (0..count).map(|word| format!("w{n}x{word}")).collect();
    let text = "The river Velm burst its banks in Port Ellery, said Mayor Ines Calder. The Velm rose in Port Ellery.";
    event(&format!("a{n} {n}m - \"Velm floods Port Ellery\" : {text} {}.", own.join(" ")))
}

#[test]
fn a_story_keeps_its_strongest_features_and_is_still_joined() {
    let mut params = params();
    params.clustering.max_features = size(200);
    let mut stage = Stage::new(params);
    for n in 1..=60 {
        stage.apply(wordy(n, 20));
        assert!(stage.engine.stories.iter().all(|story| story.sum().len() <= 200));
    }
    assert_eq!(stage.ledger.story_count(), 1, "what the articles share is the strongest");
    assert!(stage.engine.stats().postings <= 200);
}

#[test]
fn an_article_with_more_features_than_a_story_may_keep_leaves_the_most_it_may() {
    let mut params = params();
    params.clustering.max_features = size(200);
    let mut stage = Stage::new(params);
    // Words that no one has seen weigh the same, so the limit falls among equals.
    let words: Vec<String> = (0..150).map(|word| format!("w{word}")).collect();
    stage.apply(event(&format!("a1 0h - \"Words\" : {}.", words.join(" "))));
    let kept = stage.engine.stats().postings;
    assert!((100..=200).contains(&kept), "{kept} of 200 features were kept");
    stage.apply(event(&format!("a2 1h - \"Words\" : {} more.", words.join(" "))));
    assert_eq!(stage.ledger.story_count(), 1, "a copy finds the story");
}

#[test]
fn retracting_an_article_whose_features_were_dropped_leaves_the_books_in_order() {
    let mut params = params();
    params.clustering.max_features = size(100);
    let mut stage = Stage::new(params);
    for n in 1..=10 {
        stage.apply(wordy(n, 60));
    }
    // The ledger looks at the index after each event.
    for n in 1..=9 {
        stage.apply(event(&format!("retract a{n}")));
    }
    stage.apply(wordy(10, 61));
    stage.apply(event("retract a10"));
    assert_eq!(stage.engine.stats().postings, 0);
}

#[test]
fn the_vocabulary_stays_within_its_budget() {
    let mut params = params();
    params.analysis.max_terms = size(3000);
    params.clustering.max_stories = size(5);
    let mut stage = Stage::new(params);
    for n in 0..60 {
        let words: Vec<String> = (0..120).map(|word| format!("t{n}w{word}")).collect();
        stage.apply(event(&format!("a{n} {n}h - \"Lone words {n}\" : {}.", words.join(" "))));
        let terms = stage.engine.stats().vocabulary_terms;
        assert!(terms <= 3000, "{terms} terms after {n} articles");
    }
    assert!(stage.engine.stats().evicted_terms > 3000);
    // The engine still knows the words of its live stories.
    stage.play(
        "f1 60h Coastwire flood-1
        f2 61h Harbour flood-2",
    );
    assert_eq!(stage.ledger.story_of("f1"), stage.ledger.story_of("f2"));
}

#[test]
fn an_article_with_many_new_words_makes_room_for_all_of_them() {
    let mut params = params();
    params.analysis.max_terms = size(3000);
    params.clustering.max_stories = size(1);
    let mut stage = Stage::new(params);
    for n in 0..6 {
        let words: Vec<String> = (0..900).map(|word| format!("t{n}w{word}")).collect();
        stage.apply(event(&format!("a{n} {n}h - \"Lone words {n}\" : {}.", words.join(" "))));
        let terms = stage.engine.stats().vocabulary_terms;
        assert!(terms <= 3000, "{terms} terms after {n} articles");
    }
}
