//! Retractions: what a publisher has withdrawn leaves no trace in a story.

use std::time::Duration;

use expect_test::expect;

use super::script::{Stage, event};
use super::{START, check, check_with, params, size};
use crate::engine::emission::Effect;
use crate::engine::time::EventTime;

#[test]
fn a_retracted_article_leaves_its_story_and_the_last_one_closes_it() {
    check(
        "a1 0m Coastwire flood-1
        a2 1m Harbour flood-2
        a3 2m Meridian flood-3
        retract a2
        tick 10m
        retract a3
        tick 30m
        retract a1
        retract a1
        retract z9
        tick 1h",
        expect![[r#"
            a1 0m Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            a2 1m Harbour flood-2
                a2 joined A @1m
            a3 2m Meridian flood-3
                a3 joined A @2m
            retract a2
                a2 unassigned
            tick 10m
                A updated @10m: 2 +a3
            retract a3
                a3 unassigned
            tick 30m
                A updated @20m: 1 -a3
            retract a1
                a1 unassigned
                A closed, retracted @30m: 0 -a1
            retract a1
            retract z9
            tick 1h
        "#]],
    );
}

#[test]
fn an_article_retracted_before_it_was_told_is_told_neither_way() {
    check(
        "a1 0m Coastwire flood-1
        a2 1m Harbour flood-2
        retract a2
        tick 1h",
        expect![[r#"
            a1 0m Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            a2 1m Harbour flood-2
                a2 joined A @1m
            retract a2
                a2 unassigned
            tick 1h
        "#]],
    );
}

#[test]
fn an_article_told_then_revised_then_retracted_is_told_as_removed() {
    check(
        "a1 0m Coastwire flood-1
        a2 0m Harbour flood-2
        tick 30m
        a3 30m Meridian flood-3
        a2 31m Harbour flood-4
        retract a2
        tick 1h",
        expect![[r#"
            a1 0m Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            a2 0m Harbour flood-2
                a2 joined A @0m
            tick 30m
                A updated @10m: 2 +a2
            a3 30m Meridian flood-3
                a3 joined A @30m
                A updated @30m: 3 +a3
            a2 31m Harbour flood-4
                a2 revised in A @31m
            retract a2
                a2 unassigned
            tick 1h
                A updated @40m: 2 -a2
        "#]],
    );
}

#[test]
fn an_article_that_leaves_and_comes_back_between_two_changes_is_told_both_ways() {
    check(
        "a1 0m Coastwire flood-1
        a2 0m Harbour flood-2
        tick 30m
        a3 30m Meridian flood-3
        retract a2
        a2 32m Harbour flood-2
        tick 1h
        retract a2
        a2 1h1m Harbour flood-2
        retract a2
        tick 2h",
        expect![[r#"
            a1 0m Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            a2 0m Harbour flood-2
                a2 joined A @0m
            tick 30m
                A updated @10m: 2 +a2
            a3 30m Meridian flood-3
                a3 joined A @30m
                A updated @30m: 3 +a3
            retract a2
                a2 unassigned
            a2 32m Harbour flood-2
                a2 joined A @32m
            tick 1h
                A updated @40m: 3 +a2 -a2
            retract a2
                a2 unassigned
                A updated @1h: 2 -a2
            a2 1h1m Harbour flood-2
                a2 joined A @1h1m
            retract a2
                a2 unassigned
            tick 2h
        "#]],
    );
}

#[test]
fn an_article_retracted_and_sent_again_gets_a_story_of_another_id() {
    check(
        "a1 0m Coastwire flood-1
        retract a1
        a1 0m Coastwire flood-1
        retract a1
        a1 0m Coastwire flood-1
        a2 1h Harbour flood-2
        tick 2h",
        expect![[r#"
            a1 0m Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            retract a1
                a1 unassigned
                A closed, retracted @0m: 0 -a1
            a1 0m Coastwire flood-1
                a1 founded B @0m
                B created @0m: 1 +a1
            retract a1
                a1 unassigned
                B closed, retracted @0m: 0 -a1
            a1 0m Coastwire flood-1
                a1 founded C @0m
                C created @0m: 1 +a1
            a2 1h Harbour flood-2
                a2 joined C @1h
                C updated @1h: 2 +a2
            tick 2h
        "#]],
    );
}

#[test]
fn an_id_is_not_given_again_after_its_story_was_forgotten() {
    let mut params = params();
    params.lifecycle.forget_after = Duration::ZERO;
    check_with(
        params.clone(),
        "c1 0d Coastwire strike-1
        a1 0m Coastwire flood-1
        retract a1
        tick 1h
        a1 0m Coastwire flood-1",
        expect![[r#"
            c1 0d Coastwire strike-1
                c1 founded A @0m
                A created @0m: 1 +c1
            a1 0m Coastwire flood-1
                a1 founded B @0m
                B created @0m: 1 +a1
            retract a1
                a1 unassigned
                B closed, retracted @0m: 0 -a1
            tick 1h
                B forgotten
            a1 0m Coastwire flood-1
                a1 founded C @0m
                C created @1h: 1 +a1
        "#]],
    );
    // Dated ahead of its lane, so that it can be late with the same time for longer.
    check_with(
        params,
        "c1 0d Coastwire strike-1
        a1 23h Coastwire flood-1
        retract a1
        tick 7d22h
        a1 23h Coastwire flood-1",
        expect![[r#"
            c1 0d Coastwire strike-1
                c1 founded A @0m
                A created @0m: 1 +c1
            a1 23h Coastwire flood-1
                a1 founded B @23h
                B created @23h: 1 +a1
            retract a1
                a1 unassigned
                B closed, retracted @23h: 0 -a1
            tick 7d22h
                B forgotten
                A dormant @3d: 1
            a1 23h Coastwire flood-1
                a1 founded C @23h
                C created @7d22h: 1 +a1
                C dormant @7d22h: 1
        "#]],
    );
}

#[test]
fn a_retraction_does_not_wake_a_story() {
    check(
        "a1 0m Coastwire flood-1
        a2 1h Harbour flood-2
        tick 4d
        retract a1
        tick 5d
        tick 20d",
        expect![[r#"
            a1 0m Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            a2 1h Harbour flood-2
                a2 joined A @1h
                A updated @1h: 2 +a2
            tick 4d
                A dormant @3d1h: 2
            retract a1
                a1 unassigned
                A updated @4d: 1 -a1
            tick 5d
            tick 20d
                A closed, quiet @14d1h: 1
        "#]],
    );
}

#[test]
fn what_a_retracted_article_said_is_gone_from_the_story() {
    let mut stage = Stage::new(params());
    let text = "Port Ellery's harbour quarter was evacuated when the Velm burst its banks, said Viktor Sandoval.";
    stage.play(&format!(
        "a1 0h Coastwire flood-1
        a2 1h Harbour \"Viktor Sandoval blamed as Velm floods Port Ellery\" : {text} Viktor Sandoval was wrong."
    ));
    stage.play("tick 2h");
    let story = stage.engine.stories.iter().next().unwrap();
    assert!(story.names.contains_key("Viktor Sandoval"), "{:?}", story.names);
    assert!(story.telling.label.as_ref().unwrap().text.contains("Sandoval"), "{:?}", story.telling.label);
    let features = story.sum().len();

    let mut effects = stage.apply(event("retract a2"));
    effects.extend(stage.apply(event("tick 3h")));
    let story = stage.engine.stories.iter().next().unwrap();
    assert!(!story.names.contains_key("Viktor Sandoval"), "{:?}", story.names);
    assert_eq!(story.sources.keys().collect::<Vec<_>>(), ["Coastwire"]);
    assert!(story.sum().len() < features, "the features of the retracted article stay in the sum");
    assert_eq!(story.last_seen, EventTime::from_millis(START), "the story's latest article is its first again");

    let told: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Changed(change) => Some(&change.story),
            _ => None,
        })
        .collect();
    let last = told.last().expect("a retraction is a change");
    assert!(!last.label.text.contains("Sandoval"), "the name keeps {:?}", last.label);
    assert!(last.top_terms.iter().all(|term| !term.term.contains("Sandoval")), "{:?}", last.top_terms);
    assert_eq!((last.articles, last.publishers), (1, 1));
}

#[test]
fn a_revision_takes_back_what_the_version_before_said() {
    let mut stage = Stage::new(params());
    stage.play(
        "a1 0h Coastwire flood-1
        a2 1h Harbour flood-2",
    );
    let before: Vec<_> = stage.engine.stories.iter().next().unwrap().sum().iter().collect();
    stage.play(
        "a3 2h Meridian comet-1
        a1 3h Coastwire comet-2
        a1 4h Coastwire flood-1",
    );
    let story = stage.engine.stories.iter().find(|story| story.article_count() == 2).unwrap();
    // The weights differ a little, because the words have been seen more often since.
    let after: Vec<_> = story.sum().iter().map(|(feature, _)| feature).collect();
    assert_eq!(after, before.iter().map(|(feature, _)| *feature).collect::<Vec<_>>());
}

#[test]
fn retracting_what_a_story_no_longer_keeps_leaves_its_scores_sound() {
    let mut params = params();
    params.clustering.max_members = size(2);
    let mut stage = Stage::new(params);
    for n in 1..=10 {
        stage.apply(event(&format!("a{n} 0h Coastwire flood-{}", n % 4 + 1)));
    }
    for n in 1..=8 {
        stage.apply(event(&format!("retract a{n}")));
    }
    let story = stage.engine.stories.iter().next().unwrap();
    assert_eq!((story.article_count(), story.members.len()), (2, 2));
    // The ledger refuses a score above 1.
    let joined = stage.assignments("a11 0h Harbour flood-1");
    assert!(joined[0].explanation.score.unwrap().decay <= 1.0 + 1e-5);
}

#[test]
fn a_revised_article_that_the_story_no_longer_keeps_is_counted_once() {
    let mut params = params();
    params.clustering.max_members = size(2);
    let mut stage = Stage::new(params);
    stage.play(
        "a1 0h Coastwire flood-1
        a2 1h Harbour flood-2
        a3 2h Meridian flood-3
        a1 3h Coastwire flood-4
        retract a1
        tick 4h",
    );
    let story = stage.engine.stories.iter().next().unwrap();
    assert_eq!((story.article_count(), story.unique_texts(), story.reprints()), (2, 2, 0));
}
