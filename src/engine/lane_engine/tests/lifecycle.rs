//! What event time does to stories, and what odd dates do to event time.

use expect_test::expect;

use super::script::{Stage, event};
use super::{DAY, HOUR, MINUTE, START, check, check_with, params};
use crate::engine::time::EventTime;

#[test]
fn a_story_falls_dormant_wakes_closes_and_is_forgotten() {
    check(
        "a1 0h Coastwire flood-1
        tick 2d23h
        tick 3d
        tick 5d
        a2 5d Harbour flood-2
        tick 7d23h
        tick 8d
        tick 18d23h
        tick 19d
        tick 48d23h
        tick 49d",
        expect![[r#"
            a1 0h Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            tick 2d23h
            tick 3d
                A dormant @3d: 1
            tick 5d
            a2 5d Harbour flood-2
                a2 joined A @5d
                A reawakened @5d: 2 +a2
            tick 7d23h
            tick 8d
                A dormant @8d: 2
            tick 18d23h
            tick 19d
                A closed, quiet @19d: 2
            tick 48d23h
            tick 49d
                A forgotten
        "#]],
    );
}

#[test]
fn what_is_due_is_told_in_the_order_of_its_time_and_with_its_time() {
    check(
        "a1 0h Coastwire flood-1
        c1 1h Coastwire strike-1
        a2 1h Harbour flood-2
        a3 1h5m Meridian flood-3
        tick 60d",
        expect![[r#"
            a1 0h Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            c1 1h Coastwire strike-1
                c1 founded B @1h
                B created @1h: 1 +c1
            a2 1h Harbour flood-2
                a2 joined A @1h
                A updated @1h: 2 +a2
            a3 1h5m Meridian flood-3
                a3 joined A @1h5m
            tick 60d
                A updated @1h10m: 3 +a3
                B dormant @3d1h: 1
                A dormant @3d1h5m: 3
                B closed, quiet @14d1h: 1
                A closed, quiet @14d1h5m: 3
                B forgotten
                A forgotten
        "#]],
    );
}

#[test]
fn nothing_joins_a_closed_story() {
    check(
        "a1 0h Coastwire flood-1
        tick 14d
        a2 14d Harbour flood-2
        a1 14d Coastwire flood-1",
        expect![[r#"
            a1 0h Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            tick 14d
                A dormant @3d: 1
                A closed, quiet @14d: 1
            a2 14d Harbour flood-2
                a2 founded B @14d
                B created @14d: 1 +a2
            a1 14d Coastwire flood-1
                a1 joined B @14d
        "#]],
    );
}

#[test]
fn every_article_puts_the_end_off() {
    check(
        "a1 0d Coastwire flood-1
        tick 2d
        a2 2d Harbour flood-2
        tick 4d23h
        tick 9d
        a3 9d Meridian flood-2
        tick 22d23h
        tick 23d",
        expect![[r#"
            a1 0d Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            tick 2d
            a2 2d Harbour flood-2
                a2 joined A @2d
                A updated @2d: 2 +a2
            tick 4d23h
            tick 9d
                A dormant @5d: 2
            a3 9d Meridian flood-2
                a3 joined A @9d
                A reawakened @9d: 3 (1 reprinted) +a3
            tick 22d23h
                A dormant @12d: 3 (1 reprinted)
            tick 23d
                A closed, quiet @23d: 3 (1 reprinted)
        "#]],
    );
}

#[test]
fn a_late_founding_article_is_created_before_it_is_dormant() {
    check(
        "c1 10d Coastwire strike-1
        a1 5d Coastwire flood-1
        a2 5d Harbour flood-2
        tick 20d",
        expect![[r#"
            c1 10d Coastwire strike-1
                c1 founded A @10d
                A created @10d: 1 +c1
            a1 5d Coastwire flood-1
                a1 founded B @5d
                B created @10d: 1 +a1
                B dormant @10d: 1
            a2 5d Harbour flood-2
                a2 joined B @5d
            tick 20d
                B updated @10d10m: 2 +a2
                A dormant @13d: 1
                B closed, quiet @19d: 2
        "#]],
    );
}

#[test]
fn a_late_article_joins_and_widens_the_story() {
    let mut stage = Stage::new(params());
    stage.play(
        "a1 5d Coastwire flood-1
        a2 6d Harbour flood-2
        a3 3d Meridian flood-3",
    );
    let story = stage.engine.stories.iter().next().unwrap();
    assert_eq!(story.article_count(), 3);
    assert_eq!(story.first_seen, EventTime::from_millis(START).plus(3 * DAY));
    assert_eq!(story.last_seen, EventTime::from_millis(START).plus(6 * DAY));
}

#[test]
fn undated_articles_count_for_the_time_of_those_around_them_and_are_not_decayed() {
    check(
        "c1 0h Coastwire strike-1
        a1 1h Coastwire flood-1
        tick 2d
        a2 ? Harbour flood-2
        c2 ? Harbour strike-2
        tick 8d",
        expect![[r#"
            c1 0h Coastwire strike-1
                c1 founded A @0m
                A created @0m: 1 +c1
            a1 1h Coastwire flood-1
                a1 founded B @1h
                B created @1h: 1 +a1
            tick 2d
            a2 ? Harbour flood-2
                a2 joined B @2d
                B updated @2d: 2 +a2
            c2 ? Harbour strike-2
                c2 joined A @2d
                A updated @2d: 2 +c2
            tick 8d
                B dormant @5d: 2
                A dormant @5d: 2
        "#]],
    );
}

#[test]
fn articles_before_the_first_date_of_a_lane_count_for_it() {
    let mut stage = Stage::new(params());
    stage.apply(event("a1 ? Coastwire flood-1"));
    stage.apply(event("d1 ? Coastwire trial-1"));
    stage.apply(event("retract d1"));
    stage.apply(event("a2 ? Harbour flood-2"));
    expect![[r#"
        c1 1h Coastwire strike-1
            c1 founded A @1h
            A created @1h: 1 +c1
        a3 1h1m Meridian flood-3
            a3 joined B @1h1m
        tick 2h
            B updated @1h10m: 3 +a2 +a3
        tick 3d1h
            A dormant @3d1h: 1
        tick 15d
            B dormant @3d1h1m: 3
            A closed, quiet @14d1h: 1
            B closed, quiet @14d1h1m: 3
        tick 31d1h
            C forgotten
    "#]]
    .assert_eq(&stage.play(
        "c1 1h Coastwire strike-1
        a3 1h1m Meridian flood-3
        tick 2h
        tick 3d1h
        tick 15d
        tick 31d1h",
    ));
}

#[test]
fn a_lane_without_dates_stands_still() {
    let mut stage = Stage::new(params());
    for n in 1..=20 {
        stage.apply(event(&format!("a{n} ? Coastwire flood-{}", n % 4 + 1)));
        stage.apply(event(&format!("b{n} ? Coastwire other-flood-{}", n % 2 + 1)));
    }
    assert_eq!(stage.engine.stats().live_stories, 2);
    assert_eq!(stage.engine.watermark(), EventTime::default());
    stage.flush();
    stage.ledger.check_told(&stage.engine);
}

#[test]
fn an_undated_article_is_held_against_a_story_as_if_it_were_of_its_time() {
    let mut stage = Stage::new(params());
    let assigned = stage.assignments(
        "a1 0h Coastwire flood-1
        tick 10d
        a2 ? Harbour flood-2",
    );
    let decay = assigned[1].explanation.score.unwrap().decay;
    assert!((decay - 1.0).abs() < 1e-6, "{decay}");
}

#[test]
fn one_wrong_date_far_ahead_does_not_end_the_stories_and_a_second_is_believed() {
    check(
        "a1 0h Coastwire flood-1
        c1 1h Coastwire strike-1
        a2 300d Harbour flood-2
        a3 2h Meridian flood-3
        c2 3h Harbour strike-2
        tick 2d
        c3 40d Coastwire strike-3
        d1 41d Coastwire trial-1",
        expect![[r#"
            a1 0h Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            c1 1h Coastwire strike-1
                c1 founded B @1h
                B created @1h: 1 +c1
            a2 300d Harbour flood-2
                a2 joined A @1d1h
                A updated @1h: 2 +a2
            a3 2h Meridian flood-3
                a3 joined A @2h
                A updated @2h: 3 +a3
            c2 3h Harbour strike-2
                c2 joined B @3h
                B updated @3h: 2 +c2
            tick 2d
            c3 40d Coastwire strike-3
                c3 joined B @3d
                B updated @2d: 3 +c3
            d1 41d Coastwire trial-1
                A dormant @4d1h: 3
                B dormant @6d: 3
                A closed, quiet @15d1h: 3
                B closed, quiet @17d: 3
                d1 founded C @41d
                C created @40d: 1 +d1
        "#]],
    );
}

#[test]
fn a_date_that_its_record_bears_out_moves_event_time_as_far_as_it_says() {
    check(
        "a1 0h! Coastwire flood-1
        c1 5d! Coastwire strike-1
        a2 4d! Harbour flood-2
        d1 300d Coastwire trial-1
        c2 30d! Harbour strike-2
        d2 299d Harbour trial-2",
        expect![[r#"
            a1 0h! Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            c1 5d! Coastwire strike-1
                A dormant @3d: 1
                c1 founded B @5d
                B created @5d: 1 +c1
            a2 4d! Harbour flood-2
                a2 joined A @4d
                A reawakened @5d: 2 +a2
            d1 300d Coastwire trial-1
                d1 founded C @6d
                C created @5d: 1 +d1
            c2 30d! Harbour strike-2
                A dormant @7d: 2
                B dormant @8d: 1
                C dormant @9d: 1
                A closed, quiet @18d: 2
                B closed, quiet @19d: 1
                C closed, quiet @20d: 1
                c2 founded D @30d
                D created @30d: 1 +c2
            d2 299d Harbour trial-2
                d2 founded E @31d
                E created @30d: 1 +d2
        "#]],
    );
}

#[test]
fn a_date_long_past_counts_as_just_late_enough() {
    check(
        "c1 30d Coastwire strike-1
        a1 2d Coastwire flood-1
        a2 3d Harbour flood-2",
        expect![[r#"
            c1 30d Coastwire strike-1
                c1 founded A @30d
                A created @30d: 1 +c1
            a1 2d Coastwire flood-1
                a1 founded B @23d
                B created @30d: 1 +a1
                B dormant @30d: 1
            a2 3d Harbour flood-2
                a2 joined B @23d
        "#]],
    );
}

#[test]
fn a_short_decay_does_not_hurt_a_story_that_lives_for_long() {
    // The factors of an exponential a few hundred time constants long do not fit a float.
    let mut params = params();
    params.clustering.decay = HOUR;
    check_with(
        params,
        "a1 0d Coastwire flood-1
        a2 0d Harbour flood-2
        tick 13d
        a3 ? Meridian flood-3
        a1 13d1h Coastwire flood-4
        a4 13d1h Coastwire flood-1
        tick 26d
        a1 26d Coastwire flood-2
        a5 26d Meridian flood-1
        retract a5
        retract a1
        a6 26d Meridian flood-1
        tick 27d",
        expect![[r#"
            a1 0d Coastwire flood-1
                a1 founded A @0m
                A created @0m: 1 +a1
            a2 0d Harbour flood-2
                a2 joined A @0m
            tick 13d
                A updated @10m: 2 +a2
                A dormant @3d: 2
            a3 ? Meridian flood-3
                a3 joined A @13d
                A reawakened @13d: 3 +a3
            a1 13d1h Coastwire flood-4
                a1 revised in A @13d1h
                A updated @13d1h: 3 +a1
            a4 13d1h Coastwire flood-1
                a4 joined A @13d1h
            tick 26d
                A updated @13d1h10m: 4 +a4
                A dormant @16d1h: 4
            a1 26d Coastwire flood-2
                a1 revised in A @26d
                A reawakened @26d: 4 (1 reprinted) +a1
            a5 26d Meridian flood-1
                a5 founded B @26d
                B created @26d: 1 +a5
            retract a5
                a5 unassigned
                B closed, retracted @26d: 0 -a5
            retract a1
                a1 unassigned
            a6 26d Meridian flood-1
                a6 founded C @26d
                C created @26d: 1 +a6
            tick 27d
                A updated @26d10m: 3 -a1
        "#]],
    );
}

#[test]
fn the_next_deadline_is_when_a_tick_would_change_something() {
    let mut stage = Stage::new(params());
    assert_eq!(stage.engine.next_deadline(), None);
    stage.apply(event("a1 0h Coastwire flood-1"));
    let start = EventTime::from_millis(START);
    assert_eq!(stage.engine.next_telling(), None);
    assert_eq!(stage.engine.next_deadline(), Some(start.plus(3 * DAY)));
    stage.apply(event("a2 1m Harbour flood-2"));
    assert_eq!(stage.engine.next_telling(), Some(start.plus(10 * MINUTE)));
    stage.flush();
    assert_eq!(stage.engine.next_telling(), None);
    assert_eq!(stage.engine.watermark(), start.plus(10 * MINUTE));
}
