//! The log of the real binary: what happened can be found in it, and nobody's address or secret.

use std::collections::BTreeSet;

use exitpoll::clock::Clock;
use exitpoll::domain::webhook::EventType;
use exitpoll::flows::send_trial;
use exitpoll::inbound::{self, NewSecret, System};
use exitpoll::keys::Vault;
use exitpoll::mail::{Mailbox, Rendered, Sender};
use exitpoll::manage::endpoints::{self, Wanted};
use exitpoll::manage::users::setup_token;
use exitpoll::outbound::Guard;
use exitpoll::store::{self, Db};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor as _};

use crate::support::binary::{SECRET, Server};
use crate::support::receiver::{Receiver, Reply};
use crate::support::smtp::{Act, SmtpPeer, Stage};
use crate::support::{Database, ORIGIN, client, event, new_site};

/// Whatever must not be found.
const ZOE: &str = "zoe.buyer";
const SHOPPER: &str = "203.0.113.77";
const SHOPPER_V6: &str = "2001:db8:77::1";
const TOKEN: &str = "tokenOfALinkThatActs";
const PAYLOAD: &str = "what-a-stranger-sent";

/// Lines of the log, which are objects; the rest is what it says to whoever started it.
fn log(printed: &str) -> Vec<Value> {
    printed.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lines in a span, by its name and a field.
fn within<'a>(log: &'a [Value], span: &str, field: &str, value: &str) -> Vec<&'a Value> {
    let is_it = |found: &Value| found["name"] == span && found[field] == value;
    log.iter().filter(|line| line["spans"].as_array().is_some_and(|spans| spans.iter().any(is_it))).collect()
}

async fn send(request: RequestBuilder, id: &str) -> Response {
    let response = request
        .header("x-request-id", id)
        .header("x-forwarded-for", SHOPPER)
        .header("user-agent", format!("Mozilla {ZOE}"))
        .header("origin", ORIGIN)
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["x-request-id"], id);
    response
}

crate::on_both_empty! {
    async fn it_tells_what_happened_and_of_nobody(database: Database) {
        let now = Clock::system().now();
        let (db, vault) = (Db::open(&database.url).await.unwrap(), Vault::new(SECRET.as_bytes()));
        store::migrate(&db).await.unwrap();
        let site = new_site(&db, "Shop", ORIGIN, now).await;
        let receiver = Receiver::always(Reply::Says(500, format!("{ZOE}@example.com is unknown"))).await;
        let smtp = SmtpPeer::start([(Stage::Rcpt, Act::Say("550 5.1.1 <zoe.buyer@example.com>: user unknown, says [203.0.113.77] and 2001:db8:77::1"))]).await;
        let sender = Sender::new(None, None, &"http://localhost:8080".parse().unwrap(), SECRET.as_bytes()).unwrap();
        let mut tx = db.begin().await.unwrap();
        inbound::connect(&mut tx, &vault, site.id, System::Shopify, NewSecret { secret: "a1b2c3d4e5f6-shop-wide", keep_old: false }, "test", now).await.unwrap();
        let wanted = Wanted { name: "CRM", key: "", url: &receiver.url(), events: vec![EventType::CustomerIdentified], headers: None };
        endpoints::create(&mut tx, &vault, &Guard::new(true), site.id, &wanted, "test", now).await.unwrap();
        let texts = Rendered { locale: "en".into(), subject: "Hello".into(), html: "<p>Hello</p>".into(), text: "Hello".into() };
        let to = Mailbox::new(&format!("{ZOE}@example.com")).unwrap();
        send_trial(&mut tx, &sender, &site, "thank-you", texts, &to, now).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let setup = setup_token(&db).await.unwrap().unwrap();

        let mut server = Server::serve(&database.url, &[
            "--log", "debug", "--trusted-proxies", "127.0.0.0/8", "--allow-private-targets", "--smtp-url", &smtp.url(), "--mail-from", "Shop <hello@shop.example>",
        ]);
        let http = client();
        let at = |path: &str| format!("{}{path}", server.base);
        // The server's own token is another one, made at its start.
        assert_eq!(send(http.get(at(&format!("/setup/{setup}"))), "setup").await.status(), StatusCode::NOT_FOUND);
        for (n, path) in ["/s/", "/r/", "/u/", "/p/"].iter().enumerate() {
            send(http.get(at(&format!("{path}{TOKEN}"))), &format!("link-{n}")).await;
        }
        send(http.post(at(&format!("/hooks/{}/mail/postmark/{TOKEN}", site.key))).body(format!("{{\"Email\": \"{ZOE}@example.com\"}}")), "feedback").await;
        let forged = http.post(at(&format!("/hooks/{}/shopify", site.key))).header("x-shopify-topic", "orders/create");
        let forged = forged.header("x-shopify-hmac-sha256", "Zm9yZ2Vk").body(format!("{{\"email\": \"{ZOE}@example.com\", \"note\": \"{PAYLOAD}\"}}"));
        assert_eq!(send(forged, "forged-hook").await.status(), StatusCode::UNAUTHORIZED);
        let told = event(now, "customer.identified", json!({"customer": {"email": format!("{ZOE}@example.com"), "name": PAYLOAD}}));
        let batch = json!({"visitor": "zoe", "session": "1", "sent_at": now, "events": [told]});
        let told = http.post(at(&format!("/v1/{}/events", site.key))).header("content-type", "text/plain").body(batch.to_string());
        assert_eq!(send(told, "told").await.status(), StatusCode::ACCEPTED);
        server.wait_for("the mail server refuses a mail");
        server.wait_for("\"message\":\"delivery\"");
        // A table is gone: two faults of the server's own.
        for table in ["api_keys", "sessions"] {
            let drop = AssertSqlSafe(format!("drop table {table}"));
            match &db {
                Db::Sqlite { write, .. } => write.execute(drop).await.map(|_| ()).unwrap(),
                Db::Postgres(pool) => pool.execute(drop).await.map(|_| ()).unwrap(),
            }
        }
        let fault = send(http.get(format!("{}/api/v1/site", server.base)).bearer_auth(format!("ep_{TOKEN}")), "api-fault").await;
        assert_eq!(fault.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let problem: Value = fault.json().await.unwrap();
        assert_eq!((&problem["request_id"], &problem["detail"]), (&json!("api-fault"), &json!("something went wrong on our side")));
        let fault = send(http.get(format!("{}/admin/sites", server.base)).header("cookie", format!("sid={TOKEN}")), "page-fault").await;
        assert_eq!(fault.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let page = fault.text().await.unwrap();
        assert!(page.contains("page-fault") && !page.contains("sessions"), "{page}");
        db.close().await;

        let (code, printed) = server.terminate();
        assert_eq!(code, Some(0), "{printed}");
        let lines = log(&printed);
        let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        for hidden in [ZOE, SHOPPER, SHOPPER_V6, TOKEN, PAYLOAD, &setup, SECRET, "hello@shop", "a1b2c3d4e5f6"] {
            let told: Vec<_> = text.lines().filter(|line| line.contains(hidden)).collect();
            assert!(told.is_empty(), "{hidden}: {told:#?}");
        }
        let routes: BTreeSet<&str> = lines.iter().filter(|l| l["span"]["name"] == "request").filter_map(|l| l["span"]["route"].as_str()).collect();
        for route in ["/setup/{token}", "/s/{token}", "/r/{token}", "/u/{token}", "/p/{token}", "/hooks/{site}/mail/{source}/{token}", "/v1/{site}/events"] {
            assert!(routes.contains(route), "{route} is not in {routes:?}");
        }
        let said = |id: &str| within(&lines, "request", "id", id).iter().map(|line| line["fields"]["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert!(said("forged-hook").contains(&"a hook with a bad signature".to_owned()), "{:?}", said("forged-hook"));
        assert!(said("api-fault").contains(&"a request failed".to_owned()), "{:?}", said("api-fault"));
        assert!(said("page-fault").contains(&"a page could not be shown".to_owned()), "{:?}", said("page-fault"));
        let answered = within(&lines, "request", "id", "told").into_iter().find(|line| line["fields"]["message"] == "answered").unwrap();
        assert_eq!((&answered["span"]["status"], &answered["span"]["method"]), (&json!(202), &json!("POST")));
        assert!(answered["span"]["ms"].is_u64());
        let refused = within(&lines, "job", "kind", "mail.trial").into_iter().find(|line| line["fields"]["code"] == 550).unwrap();
        assert_eq!(refused["fields"]["said"], "5.1.1 <***@example.com>: user unknown, says [***] and ***");
        let call = lines.iter().find(|line| line["span"]["name"] == "delivery").unwrap();
        assert!(call["span"]["endpoint"].as_str().unwrap().starts_with("end_") && call["span"]["event"].is_string(), "{call}");
    }
}
