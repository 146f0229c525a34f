//! Webhooks as a store owner makes and watches them: in the browser and on the command line.

use exitpoll::clock::SECOND;
use exitpoll::domain::webhook::EventType;
use exitpoll::manage::endpoints::Wanted;
use exitpoll::manage::users::new_user;
use exitpoll::store::{endpoints, sites, users};
use reqwest::StatusCode;

use super::{assert_signed, identify, listen, listen_as, start};
use crate::support::binary::{exitpoll, run};
use crate::support::browser::Browser;
use crate::support::receiver::{Receiver, Reply};
use crate::support::{Backend, Database, TestApp};

const PASSWORD: &str = "correct horse battery";

/// Somebody of the test's store alone, logged in.
async fn clerk(app: &TestApp) -> Browser<'_> {
    let user = new_user("clerk@example.com", "Clerk", PASSWORD, false, app.now()).await.unwrap().unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    users::insert(&mut tx, &user, app.now()).await.unwrap();
    sites::add_member(&mut tx, app.site.id, user.id).await.unwrap();
    tx.commit().await.unwrap();
    let mut browser = Browser::new(app);
    assert_eq!(browser.log_in("clerk@example.com", PASSWORD).await.status, StatusCode::SEE_OTHER);
    browser
}

crate::on_both_empty! {
    async fn a_webhook_from_its_making_to_its_end(database: Database) {
        let app = start(database).await;
        let receiver = Receiver::start(|n, _| match n {
            0 => Reply::Says(200, "thank <b>you</b>".into()),
            1 => Reply::Status(404),
            _ => Reply::Status(200),
        }).await;
        let mut browser = clerk(&app).await;
        let list = format!("/admin/{}/connections/webhooks", app.site.key);
        assert!(browser.get(&list).await.text(".empty").contains("Tell your other tools"));
        let url = receiver.url();
        let fields = [("name", "Our CRM!"), ("key", ""), ("url", &*url), ("headers", "X-Token: shh"), ("customer.identified", "on")];
        let made = browser.submit(&format!("{list}/new"), &format!("{list}/new"), &fields).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text("main"));
        assert_eq!(made.headers["cache-control"], "no-store");
        let secret = exitpoll::domain::webhook::Secret::parse(&made.text("#secret")).unwrap();
        let path = made.attribute(".card .button[href]", "href").unwrap();
        let page = browser.get(&path).await;
        assert!(page.text("h1").contains("Our CRM!") && page.text(".head .badge") == "Ready", "{}", page.text("main"));
        assert!(!page.html.contains("whsec_") && !page.html.contains("shh"), "shown once");
        assert!(page.text("main").contains("http://"), "an address without encryption is remarked on");

        let test = browser.submit(&path, &format!("{path}/test"), &[]).await;
        let delivery = test.location.unwrap();
        let waiting = browser.get(&delivery).await;
        assert!(waiting.text(".notice").contains("on its way"), "{}", waiting.text("main"));
        assert_eq!(waiting.attribute("meta[http-equiv=refresh]", "content").as_deref(), Some("2"));
        app.run_jobs().await;
        assert_signed(&receiver.calls()[0], &secret);
        let done = browser.get(&delivery).await;
        assert_eq!(done.attribute("meta[http-equiv=refresh]", "content"), None);
        assert!(done.text(".tries").contains("200 OK") && done.text(".tries pre").contains("thank <b>you</b>"), "{}", done.text("main"));
        assert!(done.html.contains("&#60;b&#62;you") || done.html.contains("&lt;b&gt;you"), "what a receiver says is text");
        assert!(done.text("main").contains("webhook-id") && done.text("main").contains("x-token") && !done.html.contains("shh"));
        assert!(done.text("pre.tall").contains("\"type\": \"ping\""));

        app.advance(SECOND);
        identify(&app, "anna").await;
        app.run_jobs().await;
        let page = browser.get(&path).await;
        assert!(page.text(".head .badge") == "Failing" && page.text(".notice.bad").contains("Every try has failed"), "{}", page.text("main"));
        assert!(page.text("#deliveries tbody").contains("customer.identified") && page.text("#deliveries tbody").contains("Tried again later"));
        let filtered = browser.get(&format!("{path}?state=delivered&event=ping")).await;
        assert!(filtered.text("#deliveries tbody").contains("ping") && !filtered.text("#deliveries tbody").contains("customer.identified"));
        let none = browser.get(&format!("{path}?state=dead")).await;
        assert!(none.text("#deliveries").contains("None like that"));
        let failed = page.attribute("#deliveries tbody a", "href").unwrap();
        assert!(browser.get(&failed).await.text(".tries").contains("404 Not Found: is the address right?"));
        browser.submit(&failed, &format!("{failed}/replay"), &[]).await;
        app.run_jobs().await;
        assert!(browser.get(&failed).await.text(".head .badge") == "Delivered");
        assert_eq!(browser.get(&path).await.text(".head .badge"), "Working");

        for (status, badge) in [("paused", "Paused"), ("disabled", "Switched off"), ("active", "Working")] {
            let set = browser.submit(&path, &format!("{path}/status"), &[("status", status)]).await;
            assert_eq!(set.status, StatusCode::SEE_OTHER);
            assert_eq!(browser.get(&path).await.text(".head .badge"), badge);
        }
        let again = [("from", "2026-11-24T12:00"), ("until", "2026-11-24T14:00"), ("which", "all"), ("to", "")];
        let replayed = browser.submit(&path, &format!("{path}/replay"), &again).await;
        assert!(browser.get(&replayed.location.unwrap()).await.text(".notice.good").contains("2 events are sent again"));
        app.run_jobs().await;
        assert_eq!(receiver.calls().len(), 5);
        let wrong = browser.submit(&path, &format!("{path}/replay"), &[("from", "never"), ("until", ""), ("which", "all"), ("to", "")]).await;
        assert_eq!((wrong.status, wrong.text(".notice.bad a").contains("date and time")), (StatusCode::UNPROCESSABLE_ENTITY, true));

        let edit = format!("{path}/edit");
        let changed = browser.submit(&edit, &edit, &[("name", "CRM"), ("key", "crm"), ("url", &url), ("headers", ""), ("cart.abandoned", "on")]).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text("main"));
        let stored = endpoints::by_key(&app.app.db, app.site.id, "crm").await.unwrap().unwrap();
        assert_eq!(stored.events, [EventType::CartAbandoned]);
        assert!(stored.headers.is_some(), "headers that are not shown are kept");
        browser.submit(&edit, &edit, &[("name", "CRM"), ("key", "crm"), ("url", &url), ("headers", ""), ("replace_headers", "on")]).await;
        let stored = endpoints::by_key(&app.app.db, app.site.id, "crm").await.unwrap().unwrap();
        assert!(stored.headers.is_none() && stored.events.is_empty());

        let rotated = browser.submit(&path, &format!("{path}/rotate"), &[]).await;
        assert_ne!(rotated.text("#secret"), secret.reveal());
        let deleted = browser.submit(&path, &format!("{path}/delete"), &[]).await;
        assert!(browser.get(&deleted.location.unwrap()).await.text(".notice.good").contains("Deleted"));
        assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
        let log = browser.get(&format!("/admin/{}/audit", app.site.key)).await.text("tbody");
        for line in ["Created a webhook", "Sent a test to a webhook", "Paused a webhook", "Sent webhooks again", "Made a new secret", "Deleted a webhook"] {
            assert!(log.contains(line), "{line}: {log}");
        }
    }
}

crate::on_both! {
    async fn what_cannot_be_is_refused_with_its_field(app: TestApp) {
        let mut browser = clerk(&app).await;
        let form = format!("/admin/{}/connections/webhooks/new", app.site.key);
        listen_as(&app, &Wanted { name: "CRM", key: "crm", url: "https://crm.example", events: vec![], headers: None }).await;
        let good = [("name", "A"), ("key", "a"), ("url", "https://a.example/"), ("headers", "")];
        for (field, value, said) in [
            ("name", " ", "name"),
            ("key", "Not A Key", "characters"),
            ("key", "crm", "Another webhook"),
            ("url", "crm.example", "is not an address"),
            ("url", "ftp://crm.example", "https://"),
            ("url", "https://a:b@crm.example", "name and password"),
            ("url", "http://169.254.169.254/latest", "private"),
            ("url", "http://localhost:5432", "private"),
            ("headers", "Host: evil.example", "set by us"),
            ("headers", "webhook-id: 1", "set by us"),
            ("headers", "nonsense", "line 1"),
        ] {
            let fields = good.map(|(name, otherwise)| (name, if name == field { value } else { otherwise }));
            let page = browser.submit(&form, &form, &fields).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}");
            assert_eq!(page.attribute("[aria-invalid=true]", "name").as_deref(), Some(field), "{value}: {}", page.text("main"));
            assert!(page.text(".fault").to_lowercase().contains(&said.to_lowercase()), "{said}: {}", page.text(".fault"));
        }
        assert_eq!(endpoints::list(&app.app.db, app.site.id).await.unwrap().len(), 1);
        let foreign = browser.post_from("https://evil.example", &form, &good).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN);
        assert_eq!(browser.post(&form, &good).await.status, StatusCode::FORBIDDEN, "without the page's token");
    }
}

crate::on_both! {
    async fn another_stores_webhooks_do_not_exist(app: TestApp) {
        let other = app.another_site("https://other.example").await;
        let mut theirs = app.another_node().await;
        theirs.site = other.clone();
        let (endpoint, _) = listen(&theirs, "Theirs", "https://crm.example", &[EventType::CustomerIdentified]).await;
        let (ours, _) = listen(&app, "Ours", "https://crm.example", &[]).await;
        let mut browser = clerk(&app).await;
        let (mine, foreign) = (format!("/admin/{}/connections/webhooks", app.site.key), format!("/admin/{}/connections/webhooks", other.key));
        for path in [format!("{foreign}/{}", endpoint.id), format!("{mine}/{}", endpoint.id), foreign, format!("{mine}/end_nonsense")] {
            assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let page = format!("{mine}/{}", ours.id);
        for action in ["test", "status", "rotate", "delete", "replay"] {
            let fields = [("status", "disabled"), ("from", "2026-11-24T00:00"), ("until", "2026-11-25T00:00"), ("which", "all"), ("to", "")];
            let answer = browser.submit(&page, &format!("{mine}/{}/{action}", endpoint.id), &fields).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{action}");
        }
        // Nor can events be sent to them.
        let to = endpoint.id.to_string();
        let fields = [("from", "2026-11-24T00:00"), ("until", "2026-11-25T00:00"), ("which", "all"), ("to", &*to)];
        assert_eq!(browser.submit(&page, &format!("{page}/replay"), &fields).await.status, StatusCode::NOT_FOUND);
        assert_eq!(endpoints::list(&app.app.db, other.id).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_lists_and_replays() {
    let app = TestApp::calling(Database::create(Backend::Sqlite).await, super::client()).await;
    let gone = Receiver::always(Reply::Status(410)).await;
    let (_, _) = listen(&app, "CRM", &gone.url(), &[EventType::CustomerIdentified]).await;
    identify(&app, "anna").await;
    app.run_jobs().await;
    let cli = |args: &[&str]| run(&mut exitpoll(&app.database.url, &[&["webhook"], args].concat()), "");
    let list = cli(&["list", "--site", &app.site.key]).ok();
    assert!(list.contains("crm\tdisabled, failing\t0 waiting\t1 given up"), "{list}");
    // 12:00 UTC in the store's own time zone.
    let again =
        cli(&["replay", "--site", &app.site.key, "--key", "crm", "--from", "2026-11-24T12:30", "--until", "2026-11-24T13:30"])
            .ok();
    assert!(again.starts_with("1 to be sent again, once the webhook is on; it is disabled"), "{again}");
    let none =
        cli(&["replay", "--site", &app.site.key, "--key", "crm", "--from", "2026-11-24T11:00", "--until", "2026-11-24T12:00"])
            .ok();
    assert!(none.starts_with("0 to be sent again"), "{none}");
    assert!(cli(&["replay", "--site", &app.site.key, "--key", "nobody"]).failed().contains("no webhook \"nobody\""));
    assert!(cli(&["replay", "--site", &app.site.key, "--key", "crm", "--from", "soon"]).failed().contains("not a moment"));
}
