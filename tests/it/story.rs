//! Whatever way a story takes to the database, the same is stored and counted: late, twice, in pieces, through two servers.

use exitpoll::clock::{MINUTE, Millis};
use exitpoll::collect::check::check;
use exitpoll::collect::ingest::Outcome;
use exitpoll::collect::offer::{Offer, session_hash, visitor_hash};
use exitpoll::collect::state::State;
use exitpoll::collect::submission::{Submission, Touch};
use exitpoll::collect::wire::Batch;
use exitpoll::collect::{Shown, store_checked};
use exitpoll::domain::schedule::local_day;
use exitpoll::id::{SurveyId, uuid7};
use exitpoll::store::surveys::Revision;
use exitpoll::store::{StoreError, Tx, Writer, impressions, reports, responses};
use futures::future::join_all;
use jiff::tz::TimeZone;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::support::shop::counts_are_right;
use crate::support::{Backend, TestApp, event, json_of, number, survey};

/// How many impressions a story may be about, and how long it may take in milliseconds: so short that some events coincide.
const IMPRESSIONS: usize = 3;
const LENGTH: Millis = 15;

/// One event, and the ways it takes: the transaction, the request in it, and its place in that.
#[derive(Clone, Debug)]
struct Told {
    impression: usize,
    at: Millis,
    kind: &'static str,
    more: Value,
    ways: Vec<(u8, u8, u16)>,
}

fn told() -> impl Strategy<Value = Told> {
    let answered = prop_oneof![
        prop::sample::select(vec!["price", "shipping"]).prop_map(|key| json!({"reason": {"choice": key}})),
        "[a-c]{1,3}".prop_map(|typed| json!({"reason": {"choice": "other", "other": typed}})),
        (0..11).prop_map(|n| json!({"score": {"number": n}})),
        "[a-c]{1,3}".prop_map(|typed| json!({"more": {"text": typed}, "reason": {"choice": "price"}})),
        vec(prop::sample::select(vec!["a", "b", "c"]), 1..4).prop_map(|mut keys| {
            keys.dedup();
            json!({"many": {"choices": keys}})
        }),
        prop::sample::select(vec!["reason", "score", "more", "many"]).prop_map(|question| json!({question: {}})),
    ];
    let what = prop_oneof![
        1 => Just(("survey.shown", json!({}))),
        4 => answered.prop_map(|answers| ("survey.answered", json!({"answers": answers}))),
        1 => Just(("survey.completed", json!({}))),
        1 => prop::sample::select(vec!["close", "escape", "outside"]).prop_map(|by| ("survey.dismissed", json!({"by": by}))),
    ];
    (0..IMPRESSIONS, 0..LENGTH, what, vec((0..3u8, 0..2u8, any::<u16>()), 1..=2))
        .prop_map(|(impression, at, (kind, more), ways)| Told { impression, at, kind, more, ways })
}

/// Requests, grouped by the transaction that stores them.
type Delivery<'a> = Vec<Vec<Vec<&'a Told>>>;

/// Each event once, on its own, when it happened.
fn plainly(story: &[Told]) -> Delivery<'_> {
    let mut story: Vec<_> = story.iter().collect();
    story.sort_by_key(|told| told.at);
    story.into_iter().map(|told| vec![vec![told]]).collect()
}

/// As fate has it.
fn strangely(story: &[Told]) -> Delivery<'_> {
    let mut copies: Vec<_> = story.iter().flat_map(|told| told.ways.iter().map(move |way| (way, told))).collect();
    copies.sort_by_key(|(way, _)| *way);
    let transactions = copies.chunk_by(|(a, _), (b, _)| a.0 == b.0);
    let requests = transactions.map(|copies| copies.chunk_by(|(a, _), (b, _)| a.1 == b.1));
    requests.map(|requests| requests.map(|copies| copies.iter().map(|(_, told)| *told).collect()).collect()).collect()
}

fn document(key: &str) -> Value {
    let mut document = survey(key);
    let choices: Vec<_> = ["a", "b", "c"].iter().map(|key| json!({"key": key, "label": key})).collect();
    let many = json!({"key": "many", "type": "multi_choice", "prompt": "Which?", "choices": choices});
    document["questions"].as_array_mut().unwrap().push(many);
    document
}

/// An offer made `n` milliseconds after the first one.
fn offer(app: &TestApp, survey: SurveyId, visitor: &str, n: usize) -> Offer {
    Offer {
        site: app.site.id,
        survey,
        revision: 1,
        variant: None,
        question: None,
        id: uuid7(app.now() - MINUTE + n as Millis),
        visitor: visitor_hash(app.site.id, visitor),
        withhold: false,
        manual: false,
        hosted: false,
        order: None,
    }
}

/// Tells a story to a survey of its own; everything that is stored and counted of it, without the names that are its own.
async fn tell(app: &TestApp, way: &str, delivery: Delivery<'_>) -> String {
    let visitor = format!("{way} {}", uuid7(app.now()));
    let survey = app.publish(document(&visitor.replace(' ', "-"))).await;
    let live = app.app.catalog.site(&app.site.key).await.unwrap().unwrap();
    let key = &app.app.keys.collect.offer;
    let tokens: Vec<_> = (0..IMPRESSIONS).map(|n| offer(app, survey, &visitor, n).seal(key)).collect();
    for requests in delivery {
        let mut submissions = Vec::new();
        for events in requests {
            let events: Vec<_> = events
                .iter()
                .map(|told| {
                    let mut event = event(app.now() - MINUTE / 2 + told.at, told.kind, told.more.clone());
                    event["offer"] = json!(tokens[told.impression]);
                    event
                })
                .collect();
            let body = json!({"visitor": visitor, "session": "1", "sent_at": app.now(), "events": events}).to_string();
            let batch = Batch::read(&body).unwrap();
            let checked = check(&batch, &live, &app.app.catalog, &app.app.keys.collect, app.now()).await.unwrap();
            assert!(checked.rejected.is_empty(), "{:?}", checked.rejected);
            submissions.push(checked.submission);
        }
        // As the writer does it: what was stored before is found at the second try.
        let mut writer = Writer::new(app.app.db.clone());
        match store_checked(&mut writer, &submissions, Shown::New).await {
            Err(StoreError::Duplicate) => store_checked(&mut writer, &submissions, Shown::Any).await.unwrap(),
            stored => stored.unwrap(),
        }
    }
    state(app, survey, &visitor).await
}

async fn state(app: &TestApp, survey: SurveyId, visitor: &str) -> String {
    let (db, site) = (&app.app.db, app.site.id);
    let mut impressions = impressions::of_visitor(db, site, visitor_hash(site, visitor), 100).await.unwrap();
    let mut responses = responses::page(db, site, survey, None, 100).await.unwrap();
    let ids = responses.iter().map(|r| r.id).collect();
    let mut answers = responses::answers(db, site, ids).await.unwrap();
    // Ids differ from telling to telling; the moment in them says which offer it is.
    let which = |id: Uuid| Uuid::from_u128(id.as_u128() >> 80);
    for i in &mut impressions {
        (i.id, i.survey_id, i.visitor, i.session) = (which(i.id), SurveyId(0), Uuid::nil(), 0);
    }
    for r in &mut responses {
        (r.id, r.survey_id) = (which(r.id), SurveyId(0));
    }
    for a in &mut answers {
        a.response_id = which(a.response_id);
    }
    let mut totals = reports::totals(db, site, survey, 0, 100_000).await.unwrap();
    totals.sort_by(|a, b| (&a.question, &a.item).cmp(&(&b.question, &b.item)));
    format!("{impressions:#?}\n{responses:#?}\n{answers:#?}\n{totals:#?}")
}

crate::on_both! {
    async fn no_way_to_tell_a_story_changes_it(app: TestApp) {
        let config = Config { failure_persistence: None, ..Config::with_cases(number("STORY_CASES", 24)) };
        block_in_place(|| {
            let verdict = TestRunner::new(config).run(&vec(told(), 1..=30), |story| {
                let (plain, strange) = Handle::current().block_on(async {
                    (tell(&app, "plainly", plainly(&story)).await, tell(&app, "strangely", strangely(&story)).await)
                });
                prop_assert_eq!(plain, strange);
                Ok::<(), TestCaseError>(())
            });
            verdict.unwrap_or_else(|e| panic!("{e}"));
        });
        counts_are_right(&app.app.db, app.site.id, &zone(), app.now()).await;
    }
}

fn zone() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

crate::on_both! {
    async fn what_was_said_of_the_page_stays_when_the_answer_comes_later(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        let shown = json!({"offer": token, "page": {"url": "https://shop.example/cart"}, "device": "mobile", "locale": "de"});
        app.send("anna", json!([event(app.now(), "survey.shown", shown)])).await;
        let answered = json!({"offer": token, "answers": {"score": {"number": 9}}});
        app.send("anna", json!([event(app.now(), "survey.answered", answered)])).await;
        let response = &responses::page(&app.app.db, app.site.id, id, None, 1).await.unwrap()[0];
        let known = [&response.page, &response.device, &response.locale].map(Option::as_deref);
        assert_eq!(known, [Some("https://shop.example/cart"), Some("mobile"), Some("de")]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_hear_the_same_shoppers_and_lose_and_double_nothing() {
    const VISITORS: usize = 24;
    let app = TestApp::start(Backend::Postgres).await;
    let id = app.publish(survey("s")).await;
    let other = app.another_node().await;
    let now = app.now();
    let visitors: Vec<_> = (0..VISITORS).map(|n| format!("visitor {n}")).collect();
    let mut sent = Vec::new();
    for (n, visitor) in visitors.iter().enumerate() {
        let token = offer(&app, id, visitor, n).seal(&app.app.keys.collect.offer);
        let answered = |at, answers: Value| event(at, "survey.answered", json!({"offer": token, "answers": answers}));
        let both = [
            event(now - 9, "survey.shown", json!({"offer": token})),
            answered(now - 8, json!({"reason": {"choice": "price"}, "more": {"text": visitor}})),
            answered(now - 5, json!({"score": {"number": 9}})),
        ];
        let here = [answered(now - 7, json!({"reason": {"choice": "shipping"}}))];
        let there =
            [event(now - 1, "survey.completed", json!({"offer": token})), answered(now - 6, json!({"score": {"number": 1}}))];
        // Phones and laptops share carts and report the same orders, each in an order of its own.
        let cart = |n| event(now, "cart.updated", json!({"cart": {"token": format!("cart {n}"), "value": 1, "currency": "EUR"}}));
        let order = |n| event(now, "order.completed", json!({"order": {"id": n, "value": 1, "currency": "EUR"}}));
        let shared = json!([order(n % 3), cart(n % 3), cart((n + 1) % 3), order((n + 1) % 3)]);
        for (node, alone) in [(&app, &here[..]), (&other, &there)] {
            sent.push((node, visitor, shared.clone()));
            sent.extend(both.iter().chain(alone).map(|event| (node, visitor, json!([event]))));
            sent.push((node, visitor, json!(both)));
        }
    }
    let receipts = join_all(sent.iter().map(|(node, visitor, events)| node.send(visitor, events.clone()))).await;
    for ((_, _, events), receipt) in sent.iter().zip(receipts) {
        assert_eq!(receipt, json!({"accepted": events.as_array().unwrap().len(), "rejected": []}));
    }
    let totals = reports::totals(&app.app.db, app.site.id, id, 0, 100_000).await.unwrap();
    let mut totals: Vec<_> = totals.into_iter().map(|c| (format!("{}/{}", c.question, c.item), c.n)).collect();
    totals.sort();
    let counters =
        ["/answered", "/completed", "/shown", "more/", "more/~text", "reason/", "reason/shipping", "score/", "score/9"];
    assert_eq!(totals, counters.map(|counter| (counter.to_owned(), VISITORS as i64)));
    assert_eq!(counts_are_right(&app.app.db, app.site.id, &zone(), now).await, VISITORS as i64);
}

/// A checked answer, as a request with one event leads to it.
fn touch(app: &TestApp, revision: &Revision, offer: Offer, body: &str) -> Touch {
    let mut state = State::of(&offer, revision, session_hash(app.site.id, "1"));
    let items = vec![("~text".to_owned(), Some(body.to_owned()))];
    state.answered("more".to_owned(), items, app.now(), app.now());
    state.hear(|| None, || Some(body.to_owned()), || None, || None);
    state.settle();
    Touch { state, day: local_day(offer.made_at(), &zone()), fired: false, events: vec![format!("saying {body:?}")] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_database_refuses_is_taken_out_alone() {
    // SQLite holds U+0000; Postgres does not. Nothing from outside brings it here: `check` removes it.
    let app = TestApp::start(Backend::Postgres).await;
    let id = app.publish(survey("s")).await;
    let live = app.app.catalog.site(&app.site.key).await.unwrap().unwrap();
    let revision = &live.surveys[0].revision;
    let said = ["one", "two", "thr\0ee", "four", "five"];
    let submit = |n: usize, bodies: &[&str]| {
        let touches = bodies.iter().enumerate().map(|(m, body)| touch(&app, revision, offer(&app, id, "anna", 10 * n + m), body));
        let visitor = visitor_hash(app.site.id, "anna");
        app.app.ingest.store(Submission {
            site: app.site.id,
            visitor,
            now: app.now(),
            listened: false,
            touches: touches.collect(),
            reports: Vec::new(),
        })
    };
    let mut waiting: Vec<_> = said.iter().enumerate().map(|(n, body)| submit(n, &[body])).collect();
    waiting.push(submit(said.len(), &["six", "se\0ven", "eight"]));
    let outcomes: Vec<_> = join_all(waiting).await.into_iter().map(Result::unwrap).collect();
    let refused = |body: &str| Outcome::Refused(vec![format!("saying {body:?}")]);
    let stored = || Outcome::Stored;
    assert_eq!(outcomes, [stored(), stored(), refused("thr\0ee"), stored(), stored(), refused("se\0ven")]);
    let responses = responses::page(&app.app.db, app.site.id, id, None, 100).await.unwrap();
    let ids = responses.iter().map(|r| r.id).collect();
    let answers = responses::answers(&app.app.db, app.site.id, ids).await.unwrap();
    let bodies: Vec<_> = answers.iter().filter_map(|a| a.body.as_deref()).collect();
    assert_eq!(bodies, ["one", "two", "four", "five", "six", "eight"]);
    assert_eq!(counts_are_right(&app.app.db, app.site.id, &zone(), app.now()).await, 6);
}

/// Renames a table, so that nothing finds it.
async fn rename(app: &TestApp, table: &str, to: &str) {
    let statement = || AssertSqlSafe(format!("alter table {table} rename to {to}"));
    let mut tx = app.app.db.begin().await.unwrap();
    match &mut tx {
        Tx::Sqlite(tx) => sqlx::query(statement()).execute(&mut **tx).await.map(|_| ()),
        Tx::Postgres(tx) => sqlx::query(statement()).execute(&mut **tx).await.map(|_| ()),
    }
    .unwrap();
    tx.commit().await.unwrap();
}

crate::on_both! {
    async fn a_broken_database_takes_nothing_and_tells_nothing_of_itself(app: TestApp) {
        app.publish(survey("s")).await;
        // One whose show was told before, and one who was shown it just now: they are stored in different ways.
        let mut told = Vec::new();
        for (visitor, kinds) in [("anna", &["survey.answered"][..]), ("ben", &["survey.shown", "survey.answered"])] {
            let token = app.offer(visitor, "s").await;
            let more = json!({"offer": token, "answers": {"more": {"text": "hello"}}});
            told.push((visitor, kinds.iter().map(|kind| event(app.now(), kind, more.clone())).collect::<Value>()));
        }
        rename(&app, "rollups", "elsewhere").await;
        for (visitor, events) in &told {
            let batch = json!({"visitor": visitor, "session": "1", "sent_at": app.now(), "events": events}).to_string();
            let response = app.post(&app.v1("events"), batch).send().await.unwrap();
            let problem = json_of(response, StatusCode::SERVICE_UNAVAILABLE).await;
            assert_eq!(problem["detail"], "cannot be stored right now, keep it and try again", "the page keeps the answer");
        }
        // The operator mends it, and the pages come again.
        rename(&app, "elsewhere", "rollups").await;
        for (visitor, events) in told {
            app.send(visitor, events).await;
        }
        assert_eq!(counts_are_right(&app.app.db, app.site.id, &zone(), app.now()).await, 2);

        rename(&app, "impressions", "elsewhere").await;
        let ask = json!({"visitor": "cleo", "session": "1", "candidates": ["s"]}).to_string();
        let response = app.post(&app.v1("decide"), ask).send().await.unwrap();
        let problem = json_of(response, StatusCode::INTERNAL_SERVER_ERROR).await;
        assert_eq!(problem["detail"], "something went wrong on our side");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_was_cut_is_made_again() {
    let app = TestApp::start(Backend::Postgres).await;
    let id = app.publish(survey("s")).await;
    let tell = async |n: usize| {
        let shown =
            event(app.now(), "survey.shown", json!({"offer": offer(&app, id, "anna", n).seal(&app.app.keys.collect.offer)}));
        let batch = json!({"visitor": "anna", "session": "1", "sent_at": app.now(), "events": [shown]}).to_string();
        app.post(&app.v1("events"), batch).send().await.unwrap().status()
    };
    assert_eq!(tell(1).await, StatusCode::ACCEPTED);
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    let exitpoll::store::Db::Postgres(pool) = &app.app.db else { unreachable!() };
    let cut: i64 = sqlx::query_scalar(cut).fetch_one(pool).await.unwrap();
    assert!(cut > 0, "the writer keeps its connection");
    // What was on its way is not acknowledged; the page sends it again.
    assert_eq!(tell(2).await, StatusCode::SERVICE_UNAVAILABLE);
    for _ in 0..20 {
        if tell(2).await == StatusCode::ACCEPTED {
            assert_eq!(counts_are_right(&app.app.db, app.site.id, &zone(), app.now()).await, 2);
            return;
        }
    }
    panic!("still no connection");
}
