//! Behaviour of the engine of a lane, told as scripts: what happens, and under each event what is told.

mod ledger;

mod script;

mod tellings;

mod lifecycle;

mod withdrawal;

mod budgets;

mod properties;

use std::num::NonZeroUsize;
use std::time::Duration;

use expect_test::{Expect, expect};

use super::EngineStats;
use crate::engine::article::LaneEvent;
use crate::engine::params::{
    AdmissionParams, AnalysisParams, ClusteringParams, EmissionParams, EngineParams, LifecycleParams,
};
use script::Stage;

/// Where the scripts start: Monday, 2023-10-23T00:00:00Z.
const START: i64 = 1_698_019_200_000;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// The defaults of the service, but for changes that are held back for ten minutes.
fn params() -> EngineParams {
    EngineParams {
        admission: AdmissionParams { max_ahead: DAY, max_lateness: 7 * DAY },
        analysis: AnalysisParams {
            max_terms: size(2_000_000),
            background_articles: 1000.0,
            max_text_chars: size(20_000),
        },
        clustering: ClusteringParams {
            join_threshold: 0.20,
            decay: 7 * DAY,
            weight_words: 0.40,
            weight_names: 0.35,
            weight_lead: 0.25,
            lead_chars: 500,
            max_stories: size(1_000_000),
            max_members: size(64),
            max_features: size(4000),
        },
        lifecycle: LifecycleParams { dormant_after: 3 * DAY, close_after: 14 * DAY, forget_after: 30 * DAY },
        emission: EmissionParams { coalesce: 10 * MINUTE, member_sample: 20, top_terms: 10, explained_terms: 8 },
    }
}

fn size(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// Plays a script on a new engine with the usual parameters.
fn check(script: &str, expected: Expect) {
    check_with(params(), script, expected);
}

fn check_with(params: EngineParams, script: &str, expected: Expect) {
    let mut stage = Stage::new(params);
    expected.assert_eq(&stage.play(script));
    stage.flush();
    stage.ledger.check_told(&stage.engine);
}

#[test]
fn tellings_of_one_event_join_and_look_alikes_stay_apart() {
    check(
        "a1 0h Coastwire flood-1
        b1 1h Meridian other-flood-1
        c1 2h Coastwire strike-1
        a2 3h Harbour flood-2
        b2 4h Coastwire other-flood-2
        c2 5h Harbour strike-2
        a3 6h Meridian flood-3",
        expect![[r#"
            a1 0h Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            b1 1h Meridian other-flood-1
                b1 founded B @1h
                B created @1h: 1 +b1
            c1 2h Coastwire strike-1
                c1 founded C @2h
                C created @2h: 1 +c1
            a2 3h Harbour flood-2
                a2 joined A @3h
                A updated @3h: 2 +a2
            b2 4h Coastwire other-flood-2
                b2 joined B @4h
                B updated @4h: 2 +b2
            c2 5h Harbour strike-2
                c2 joined C @5h
                C updated @5h: 2 +c2
            a3 6h Meridian flood-3
                a3 joined A @6h
                A updated @6h: 3 +a3
        "#]],
    );
}

#[test]
fn the_first_change_is_told_at_once_and_the_next_ones_together_when_event_time_has_passed() {
    check(
        "a1 0m Coastwire flood-1
        a2 1m Harbour flood-2
        a3 2m Meridian flood-3
        c1 9m Coastwire strike-1
        c2 10m Harbour strike-2
        a4 12m Coastwire flood-4
        tick 19m
        tick 20m
        tick 3h",
        expect![[r#"
            a1 0m Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            a2 1m Harbour flood-2
                a2 joined A @1m
            a3 2m Meridian flood-3
                a3 joined A @2m
            c1 9m Coastwire strike-1
                c1 founded B @9m
                B created @9m: 1 +c1
            c2 10m Harbour strike-2
                A updated @10m: 3 +a2 +a3
                c2 joined B @10m
            a4 12m Coastwire flood-4
                a4 joined A @12m
            tick 19m
                B updated @19m: 2 +c2
            tick 20m
                A updated @20m: 4 +a4
            tick 3h
        "#]],
    );
}

#[test]
fn a_quiet_story_tells_its_next_article_at_once() {
    check(
        "a1 0m Coastwire flood-1
        a2 11m Harbour flood-2
        a3 12m Meridian flood-3
        a4 13h Coastwire flood-4",
        expect![[r#"
            a1 0m Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            a2 11m Harbour flood-2
                a2 joined A @11m
                A updated @11m: 2 +a2
            a3 12m Meridian flood-3
                a3 joined A @12m
            a4 13h Coastwire flood-4
                A updated @21m: 3 +a3
                a4 joined A @13h
                A updated @13h: 4 +a4
        "#]],
    );
}

#[test]
fn without_coalescing_every_article_is_told_at_once() {
    let mut params = params();
    params.emission.coalesce = Duration::ZERO;
    check_with(
        params,
        "a1 0m Coastwire flood-1
        a2 0m Harbour flood-2
        a3 1m Meridian flood-3",
        expect![[r#"
            a1 0m Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            a2 0m Harbour flood-2
                a2 joined A @0m
                A updated @0m: 2 +a2
            a3 1m Meridian flood-3
                a3 joined A @1m
                A updated @1m: 3 +a3
        "#]],
    );
}

#[test]
fn a_repeated_article_changes_nothing() {
    let mut stage = Stage::new(params());
    stage.play(
        "a1 0m Coastwire flood-1
        a2 1m Harbour flood-2",
    );
    let before = stage.engine.stats();
    let watermark = stage.engine.watermark();
    // Neither another date nor another publisher makes another version of it.
    expect![[r#"
        a1 0m Coastwire flood-1
        a2 1m Harbour flood-2
        a2 4d Meridian flood-2
    "#]]
    .assert_eq(&stage.play(
        "a1 0m Coastwire flood-1
        a2 1m Harbour flood-2
        a2 4d Meridian flood-2",
    ));
    assert_eq!(stage.engine.stats(), EngineStats { repeated: 3, ..before });
    assert_eq!(stage.engine.watermark(), watermark);
}

#[test]
fn a_revised_article_stays_in_its_story_and_is_counted_once() {
    check(
        r#"a1 0m Coastwire flood-1
        a2 1m Harbour flood-2
        a2 2m Harbour flood-4
        a2 3m Harbour "Correction" : Our earlier report about a flower show was wrong.
        tick 1h
        a2 2h Harbour flood-3
        a1 3h Coastwire flood-4
        tick 4h"#,
        expect![[r#"
            a1 0m Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            a2 1m Harbour flood-2
                a2 joined A @1m
            a2 2m Harbour flood-4
                a2 revised in A @2m
            a2 3m Harbour "Correction" : Our earlier report about a flower show was wrong.
                a2 revised in A @3m
            tick 1h
                A updated @10m: 2 +a2
            a2 2h Harbour flood-3
                a2 revised in A @2h
                A updated @2h: 2 +a2
            a1 3h Coastwire flood-4
                a1 revised in A @3h
                A updated @3h: 2 +a1
            tick 4h
        "#]],
    );
}

#[test]
fn a_story_of_one_article_is_revised() {
    check(
        r#"a1 0m Coastwire flood-1
        a1 1m Coastwire flood-2
        a1 2m Coastwire "Correction" : Our earlier report about a flower show was wrong.
        tick 1h"#,
        expect![[r#"
            a1 0m Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            a1 1m Coastwire flood-2
                a1 revised in A @1m
            a1 2m Coastwire "Correction" : Our earlier report about a flower show was wrong.
                a1 revised in A @2m
            tick 1h
                A updated @10m: 1 +a1
        "#]],
    );
}

#[test]
fn a_revised_article_takes_its_publisher_and_its_names_with_it() {
    let mut stage = Stage::new(params());
    stage.play(
        "a1 0m Coastwire flood-1
        a2 1m Harbour flood-2
        a2 2m Meridian flood-4",
    );
    let story = stage.engine.stories.iter().next().unwrap();
    let sources: Vec<(&str, u32)> = story.sources.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(sources, [("Coastwire", 1), ("Meridian", 1)]);
    assert_eq!(story.names["Port Ellery"].articles, 2);
}

#[test]
fn exact_copies_are_reprints() {
    check(
        "a1 0h Coastwire flood-1
        a2 1h Harbour flood-1
        a3 2h Meridian flood-1
        a4 3h Harbour flood-2
        retract a1
        tick 5h
        a3 6h Meridian flood-3
        tick 7h",
        expect![[r#"
            a1 0h Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            a2 1h Harbour flood-1
                a2 joined A @1h
                A updated @1h: 2 (1 reprinted) +a2
            a3 2h Meridian flood-1
                a3 joined A @2h
                A updated @2h: 3 (2 reprinted) +a3
            a4 3h Harbour flood-2
                a4 joined A @3h
                A updated @3h: 4 (2 reprinted) +a4
            retract a1
                a1 unassigned
            tick 5h
                A updated @3h10m: 3 (1 reprinted) -a1
            a3 6h Meridian flood-3
                a3 revised in A @6h
                A updated @6h: 3 +a3
            tick 7h
        "#]],
    );
}

#[test]
fn a_story_is_named_anew_when_it_has_grown_and_tells_the_name_before() {
    let mut stage = Stage::new(params());
    stage
        .play(r#"a1 0h Coastwire "Rescue at sea" : A crew was rescued off the coast near Dunmore by a passing ferry."#);
    let mut renamed = Vec::new();
    for n in 2..8 {
        let title = "Ferry Aurora rescues crew of trawler";
        let text = "The ferry Aurora rescued the crew of a trawler at sea. The Aurora brought them ashore.";
        for effect in stage.apply(script::event(&format!(r#"a{n} {n}h Coastwire "{title}" : {text}"#))) {
            if let crate::engine::emission::Effect::Changed(change) = effect
                && let crate::engine::emission::ChangeKind::Renamed { previous } = change.kind
            {
                renamed.push((previous, change.story.label.text));
            }
        }
    }
    assert!(!renamed.is_empty(), "the story is about the Aurora now");
    assert!(renamed[0].0.contains("Dunmore"), "{renamed:?}");
    assert!(renamed.last().unwrap().1.contains("Aurora"), "{renamed:?}");
}

#[test]
fn every_join_tells_its_score_its_shared_terms_and_the_runner_up() {
    let mut stage = Stage::new(params());
    let assigned = stage.assignments(
        "a1 0h Coastwire flood-1
        b1 1h Meridian other-flood-1
        a2 2h Harbour flood-2",
    );
    let [founded, refused, joined] = assigned.as_slice() else { panic!("three articles: {assigned:?}") };
    assert_eq!(founded.explanation.runner_up, None, "there was no other story");
    assert_eq!(refused.explanation.runner_up.map(|nearest| nearest.story), Some(founded.story));
    let explanation = &joined.explanation;
    let score = explanation.score.unwrap();
    assert!(score.names > 0.0 && score.words > 0.0 && score.lead > 0.0, "{score:?}");
    assert!(score.decay < 1.0 && score.decay > 0.98, "two hours of seven days: {score:?}");
    let terms: Vec<&str> = explanation.shared.iter().map(|shared| shared.term.as_str()).collect();
    assert!(terms.contains(&"Ellery") && terms.contains(&"Velm"), "{terms:?}");
    assert!(explanation.shared.is_sorted_by(|a, b| a.share >= b.share));
}

#[test]
fn the_effects_do_not_depend_on_how_the_engine_was_used_before() {
    let script = "a1 0h Coastwire flood-1
        b1 1h Meridian other-flood-1
        a2 2h Harbour flood-2
        retract b1
        tick 5d
        b1 5d Meridian other-flood-1";
    let run = || {
        let mut stage = Stage::new(params());
        let events: Vec<LaneEvent> = script.lines().map(str::trim).map(script::event).collect();
        events.into_iter().flat_map(|event| stage.apply(event)).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
