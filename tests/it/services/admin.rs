//! Connecting a service in the browser: it is asked first, credentials are never shown again, and the preview is what is sent.

use exitpoll::manage::users::new_user;
use exitpoll::store::{sites, users};
use reqwest::StatusCode;

use super::{answer, survey};
use crate::support::browser::Browser;
use crate::support::receiver::{Receiver, Reply};
use crate::support::{Database, TestApp};
use crate::webhooks::start;

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
    async fn a_service_from_its_connection_to_its_end(database: Database) {
        let app = start(database).await;
        app.publish(survey()).await;
        let fake = Receiver::start(|_, call| match call.header("authorization") {
            "Klaviyo-API-Key pk_secret" if call.line.starts_with("GET") => Reply::Says(200, "{}".into()),
            "Klaviyo-API-Key pk_secret" => Reply::Status(202),
            _ => Reply::Says(401, r#"{"errors": [{"detail": "<b>Unknown</b> key pk_wrong"}]}"#.into()),
        }).await;
        let mut browser = clerk(&app).await;
        let list = format!("/admin/{}/connections/services", app.site.key);
        let offers = browser.get(&list).await;
        assert!(offers.text(".tiles").contains("Klaviyo") && offers.text(".tiles").contains("Slack"), "{}", offers.text("main"));
        let (new, base) = (format!("{list}/new/klaviyo"), fake.base());
        assert_eq!(browser.get(&format!("{list}/new/webhook")).await.status, StatusCode::NOT_FOUND);

        let with = |key: &'static str, base: &str| {
            [("name", "Our Klaviyo"), ("key", ""), ("api_key", key), ("list", ""), ("cart_metric", ""), ("revision", "")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into_iter()
                .chain([("base_url".to_owned(), base.to_owned()), ("response.completed".to_owned(), "on".to_owned())])
                .collect::<Vec<_>>()
        };
        let fields = |all: &[(String, String)]| all.iter().map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>();
        let send = async |browser: &mut Browser<'_>, page: &str, action: &str, all: Vec<(String, String)>| {
            let all = fields(&all);
            let borrowed: Vec<(&str, &str)> = all.iter().map(|(name, value)| (&**name, &**value)).collect();
            browser.submit(page, action, &borrowed).await
        };
        let missing = send(&mut browser, &new, &new, with("", &base)).await;
        assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(missing.text("#api_key-fault"), "Please enter the private API key.");
        let odd = send(&mut browser, &new, &new, with("sk_1", &base)).await;
        assert!(odd.text("#api_key-fault").contains("begin with pk_"), "{}", odd.text("main"));
        let target = send(&mut browser, &new, &new, with("pk_secret", "ftp://x.example")).await;
        assert!(!target.text("#base_url-fault").is_empty(), "{}", target.text("main"));
        assert_eq!(fake.calls().len(), 0, "nobody is asked before the form is right");

        let wrong = send(&mut browser, &new, &new, with("pk_wrong", &base)).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text(".notice.bad").contains("refused the credentials"), "{}", wrong.text("main"));
        assert!(wrong.text(".notice pre").contains("<b>Unknown</b> key ••••") && !wrong.text("main").contains("pk_wrong"), "{}", wrong.html);
        assert!(!wrong.text("form.card").contains("although it could not be tested"));

        let made = send(&mut browser, &new, &new, with("pk_secret", &base)).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text("main"));
        assert_eq!(fake.calls().last().unwrap().line, "GET /api/accounts");
        let path = made.location.unwrap().split('?').next().unwrap().to_owned();
        let page = browser.get(&path).await;
        assert!(page.text("h1") == "Our Klaviyo" && page.text(".crumbs").contains("Services"), "{}", page.text("main"));
        let tested = browser.submit(&path, &format!("{path}/test"), &[]).await;
        assert!(browser.get(&tested.location.unwrap()).await.text(".notice.good").contains("accepted the credentials"));
        assert_eq!(browser.submit(&path, &format!("{path}/rotate"), &[]).await.status, StatusCode::NOT_FOUND);

        let mapping = format!("{path}/mapping");
        let before = browser.get(&mapping).await;
        assert!(before.text("#mapping").contains("What stopped you?"), "{}", before.text("main"));
        let long = "x".repeat(101);
        let refused = browser.submit(&mapping, &mapping, &[("property:s:reason", &long)]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text("#mapping .fault").contains("100 characters"));
        let saved = browser.submit(&mapping, &mapping, &[("property:s:reason", " left_because "), ("property:s:score", ""), ("property:gone:x", "y")]).await;
        let preview = browser.get(&saved.location.unwrap()).await;
        assert_eq!(preview.attribute("[name='property:s:reason']", "value").as_deref(), Some("left_because"));
        assert!(preview.text("#requests").contains("/api/events") && preview.text("#requests pre").contains("\"left_because\": \"The price\""), "{}", preview.text("#requests"));
        assert!(!preview.html.contains("pk_secret"));

        answer(&app, "anna", 9).await;
        app.run_jobs().await;
        let real = browser.get(&mapping).await;
        assert!(real.text("#requests").contains("As it was for the last"), "{}", real.text("#requests"));
        let shown = real.text("#requests pre");
        let told = fake.calls().into_iter().find(|call| call.line == "POST /api/events").unwrap();
        let unspaced = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(unspaced(&shown), unspaced(&told.body), "the preview is the very request");
        let delivery = browser.get(&path).await.attribute("#deliveries tbody a", "href").unwrap();
        let delivery = browser.get(&delivery).await;
        assert!(delivery.text(".tries").contains("202") && delivery.text(".tries").contains("event"), "{}", delivery.text("main"));
        assert!(!delivery.html.contains("pk_secret") && delivery.text("pre").contains("Survey Answered"));

        let edit = format!("{path}/edit");
        let form = browser.get(&edit).await;
        assert!(form.text("#api_key-hint").contains("leave it empty to keep it") && !form.html.contains("pk_secret"), "{}", form.html);
        let kept = send(&mut browser, &edit, &edit, with("", &base)).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text("main"));
        let gone = send(&mut browser, &edit, &edit, with("", "http://127.0.0.1:1")).await;
        assert!(gone.text(".notice.bad").contains("could not be reached") && gone.text("form.card").contains("although it could not be tested"), "{}", gone.text("main"));
        let mut all = with("", "http://127.0.0.1:1");
        all.push(("untested".to_owned(), "on".to_owned()));
        assert_eq!(send(&mut browser, &edit, &edit, all).await.status, StatusCode::SEE_OTHER);

        let deleted = browser.submit(&path, &format!("{path}/delete"), &[]).await;
        assert!(browser.get(&deleted.location.unwrap()).await.text(".notice").contains("Disconnected"));
        assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
    }
}

crate::on_both_empty! {
    async fn another_stores_services_do_not_exist(database: Database) {
        let app = start(database).await;
        let other = app.another_site("https://other.example").await;
        let mut browser = clerk(&app).await;
        let fake = Receiver::always(Reply::Status(200)).await;
        let base = fake.base();
        let ours = crate::services::service(&app, exitpoll::domain::connector::Kind::Klaviyo, &[("api_key", "pk_1"), ("base_url", &base)], &[]).await;
        for path in ["", "/edit", "/mapping"] {
            let foreign = format!("/admin/{}/connections/services/{}{path}", other.key, ours.id);
            assert_eq!(browser.get(&foreign).await.status, StatusCode::NOT_FOUND, "{foreign}");
        }
        assert_eq!(browser.get(&format!("/admin/{}/connections/services", other.key)).await.status, StatusCode::NOT_FOUND);
    }
}
