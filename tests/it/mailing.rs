//! Mail in the store's hands: its templates, what readers choose, and what comes back.

use exitpoll::clock::{DAY, HOUR, MINUTE};
use exitpoll::domain::consent::{Preference, Suppression};
use exitpoll::domain::flow::Flow;
use exitpoll::mail::feedback::Source;
use exitpoll::manage::flows;
use exitpoll::manage::users::new_user;
use exitpoll::store::customers::Customer;
use exitpoll::store::messages::{self, Message, MessageStatus};
use exitpoll::store::{customers, enrollments, feedback, sites, suppressions, users};
use hmac::{Hmac, KeyInit as _, Mac as _};
use mail_parser::MessageParser;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::browser::{Browser, Page};
use crate::support::smtp::SmtpPeer;
use crate::support::{Backend, ORIGIN, TestApp, event};

const EMAIL: &str = "anna@example.com";
const OWNER: &str = "owner@example.com";
const PASSWORD: &str = "correct horse battery";

async fn owner(app: &TestApp) -> Browser<'_> {
    let user = new_user(OWNER, "Olga\r\nBcc: all@example.com", PASSWORD, true, app.now()).await.unwrap().unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    users::insert(&mut tx, &user, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut browser = Browser::new(app);
    assert_eq!(browser.log_in(OWNER, PASSWORD).await.status, StatusCode::SEE_OTHER);
    browser
}

fn path(app: &TestApp, rest: &str) -> String {
    format!("/admin/{}/mail{rest}", app.site.key)
}

async fn publish(app: &TestApp, key: &str, templates: &[&str]) {
    let steps: Vec<Value> =
        templates.iter().map(|template| json!({"after": "1d", "do": "email", "template": template})).collect();
    let flow = Flow::parse(&json!({"key": key, "on": "cart.abandoned", "steps": steps})).unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    let (id, _) = flows::save(&mut tx, app.site.id, &flow, "test", app.now()).await.unwrap();
    flows::publish(&mut tx, app.site.id, id, &flow, "test", app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Somebody who agreed leaves a cart, and all mails of the flow that are due in two days are sent.
async fn abandon(app: &TestApp, email: &str, name: &str) {
    let cart = json!({"token": email, "value": 4990, "currency": "EUR", "checkout_url": format!("{ORIGIN}/cart"),
                      "items": [{"id": "mug", "name": "Mug", "quantity": 2, "price": 2495}]});
    let person = json!({"email": email, "name": name, "consent": {"marketing": true}});
    app.send(
        email,
        json!([
            event(app.now(), "customer.identified", json!({"customer": person})),
            event(app.now(), "cart.updated", json!({"cart": cart}))
        ]),
    )
    .await;
    wait(app, HOUR).await;
    wait(app, DAY).await;
}

async fn wait(app: &TestApp, by: i64) {
    app.advance(by);
    app.run_jobs().await;
}

/// Oldest first.
async fn mails(app: &TestApp) -> Vec<Message> {
    let mut mails = messages::recent(&app.app.db, app.site.id, 50).await.unwrap();
    mails.reverse();
    mails
}

async fn person(app: &TestApp) -> Customer {
    customers::by_email(&app.app.db, app.site.id, EMAIL).await.unwrap().unwrap()
}

async fn suppression(app: &TestApp, email: &str) -> Option<Suppression> {
    let hash = app.app.sender.keys.hash(email);
    suppressions::find(&app.app.db, app.site.id, &hash).await.unwrap().map(|found| found.reason)
}

fn html(mail: &Message) -> String {
    MessageParser::default().parse(mail.raw.as_ref().unwrap()).unwrap().body_html(0).unwrap().into_owned()
}

/// The path of the first link in a mail that begins so.
fn link(mail: &Message, path: &str) -> String {
    let html = html(mail);
    let (_, after) = html.split_once(&format!("http://localhost:8080{path}")).unwrap_or_else(|| panic!("no {path}: {html}"));
    format!("{path}{}", after.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))).next().unwrap())
}

const BODY: &str = "<p>Hi {{ customer.name|default('there') }}</p>\n<p><a href=\"{{ links.unsubscribe }}\">Stop</a></p>";

async fn save(app: &TestApp, browser: &mut Browser<'_>, key: &str, subject: &str, body: &str) -> Page {
    let path = path(app, &format!("/templates/{key}"));
    browser.submit(&path, &path, &[("lang", "en"), ("name", "Mine"), ("subject", subject), ("body", body), ("text", "")]).await
}

crate::on_both! {
    async fn a_template_is_saved_without_faults_only_and_sent_from_then_on(app: TestApp) {
        let mut browser = owner(&app).await;
        for (subject, body, place, words) in [
            ("Hi", "<p>Hi</p>\n<p>{{ customer.nam }}</p>", "Body, line 2", "check the name"),
            ("Hi", "<p>Hi</p>", "Body", "links.unsubscribe"),
            ("Hi", "<p>\n{% if coupon %}</p>", "Body", "end of input"),
            ("{{ customer.name }}", BODY, "Subject, line 1", "default"),
            ("", BODY, "Subject", "empty"),
        ] {
            let page = save(&app, &mut browser, "cart-recovery", subject, body).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{subject} {body}");
            let told = page.text("main .notice.bad");
            assert!(told.contains(place) && told.contains(words), "{told}");
            assert!(page.attribute("[aria-invalid=true]", "name").is_some());
            assert_eq!(page.text("#body").trim(), body.split_whitespace().collect::<Vec<_>>().join(" "), "nothing entered is lost");
        }
        publish(&app, "recover", &["cart-recovery"]).await;
        abandon(&app, EMAIL, "Anna").await;
        assert!(mails(&app).await[0].subject.contains("is still here"), "the ready-made one until a change is saved");
        // Half a day without use ends a login.
        browser.log_in(OWNER, PASSWORD).await;
        assert_eq!(save(&app, &mut browser, "cart-recovery", "For {{ customer.name|default('you') }}", BODY).await.status, StatusCode::SEE_OTHER);
        app.advance(40 * DAY);
        abandon(&app, "ben@example.com", "Ben <b>\r\nBcc: all@example.com").await;
        let mail = mails(&app).await.remove(1);
        assert_eq!(mail.subject, "For Ben <b>Bcc: all@example.com", "one line");
        assert!(html(&mail).contains("Hi Ben &lt;b&gt;"));
        let raw = mail.raw.clone().unwrap();
        assert!(!raw.lines().any(|line| line.starts_with("Bcc:")), "{raw}");
        browser.log_in(OWNER, PASSWORD).await;
        let edit = path(&app, "/templates/cart-recovery");
        let back = browser.submit(&edit, &format!("{edit}/remove"), &[]).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "a ready-made text comes back even while it is sent");
        assert!(browser.get(&edit).await.html.contains("mjml"));
    }
}

crate::on_both! {
    async fn a_template_of_ones_own_stays_while_it_is_sent(app: TestApp) {
        let mut browser = owner(&app).await;
        let new = path(&app, "/templates/new");
        let made = browser.submit(&new, &new, &[("name", "Last call!"), ("like", "win-back")]).await;
        assert_eq!(made.location, Some(path(&app, "/templates/last-call?done=created")));
        let edit = path(&app, "/templates/last-call");
        for (locale, status) in [("fr", StatusCode::SEE_OTHER), ("<b>", StatusCode::UNPROCESSABLE_ENTITY), ("", StatusCode::UNPROCESSABLE_ENTITY)] {
            let page = browser.submit(&edit, &format!("{edit}/languages"), &[("locale", locale), ("then", "add")]).await;
            assert_eq!(page.status, status, "{locale}");
        }
        assert!(browser.get(&format!("{edit}?lang=fr")).await.text(".filters [aria-current]").contains("fr"));
        let main = browser.submit(&edit, &format!("{edit}/languages"), &[("locale", "en"), ("then", "remove")]).await;
        assert_eq!(main.status, StatusCode::UNPROCESSABLE_ENTITY, "the main language stays");
        publish(&app, "recover", &["last-call"]).await;
        assert!(browser.get(&path(&app, "/templates")).await.text("tbody").contains("recover"), "says what sends it");
        let page = browser.submit(&edit, &format!("{edit}/remove"), &[]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text("main .notice.bad").contains("recover"));
        publish(&app, "recover", &["win-back"]).await;
        assert_eq!(browser.submit(&edit, &format!("{edit}/remove"), &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(browser.get(&edit).await.status, StatusCode::NOT_FOUND);
    }
}

crate::on_both! {
    async fn a_preview_is_a_readers_mail_in_a_cage(app: TestApp) {
        let mut browser = owner(&app).await;
        app.send("eve", json!([event(app.now(), "customer.identified", json!({"customer": {"email": EMAIL, "name": "<script>alert(1)</script>"}}))])).await;
        let reader = person(&app).await.id;
        assert_eq!(save(&app, &mut browser, "cart-recovery", "Hi", &format!("<script>alert(2)</script>{BODY}")).await.status, StatusCode::SEE_OTHER);
        let shown = browser.get(&path(&app, &format!("/templates/cart-recovery/preview?reader={reader}"))).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert_eq!(shown.attribute("iframe", "sandbox").as_deref(), Some(""));
        let framed = browser.get(&shown.attribute("iframe", "src").unwrap()).await;
        assert!(framed.html.contains("Hi &lt;script&gt;alert(1)"), "{}", framed.html);
        let policy = framed.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("sandbox;") && policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
        let own = browser.get(&path(&app, "/templates/cart-recovery/preview?reader=bare")).await;
        assert!(own.text("pre").contains("Hi there") && !own.headers["content-security-policy"].to_str().unwrap().contains("unsafe"));
        // Another store's reader, template and mail.
        let other = app.another_site("https://other.example").await;
        for rest in [format!("/templates/cart-recovery/preview?reader={reader}"), format!("/messages/{}", uuid::Uuid::nil())] {
            assert_eq!(browser.get(&format!("/admin/{}/mail{rest}", other.key)).await.status, StatusCode::NOT_FOUND, "{rest}");
        }
        assert!(!browser.get(&format!("/admin/{}/mail/templates/cart-recovery", other.key)).await.html.contains("alert(2)"));
    }
}

async fn trial(backend: Backend) {
    let peer = SmtpPeer::start([]).await;
    let app = TestApp::start_with_mail(backend, &peer.url()).await;
    let mut browser = owner(&app).await;
    let preview = path(&app, "/templates/cart-recovery/preview");
    let send = path(&app, "/templates/cart-recovery/trial");
    let sent = browser.submit(&preview, &send, &[("lang", "de"), ("reader", "full")]).await;
    assert!(sent.location.unwrap().ends_with("done=sent"));
    app.run_jobs().await;
    let received = peer.seen.received.all();
    assert_eq!((received.len(), &received[0].to[..]), (1, &[OWNER.to_owned()][..]));
    let mail = MessageParser::default().parse(&received[0].raw).unwrap();
    assert_eq!(mail.subject(), Some("[Test] Ihr Warenkorb bei Shop wartet noch"));
    assert_eq!(mail.header_raw("Bcc"), None, "a name with line breaks is a name");
    let rows = mails(&app).await;
    assert_eq!((rows[0].status, rows[0].customer, rows[0].enrollment, &rows[0].raw), (MessageStatus::Sent, None, None, &None));
    app.run_jobs().await;
    assert_eq!(peer.seen.received.all().len(), 1, "sent once");
    for _ in 0..29 {
        browser.submit(&preview, &send, &[("lang", "de"), ("reader", "full")]).await;
    }
    assert_eq!(
        browser.submit(&preview, &send, &[("lang", "de"), ("reader", "full")]).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_goes_to_whoever_is_logged_in_sqlite() {
    trial(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_goes_to_whoever_is_logged_in_postgres() {
    trial(Backend::Postgres).await;
}

crate::on_both! {
    async fn what_a_reader_chooses_is_obeyed(app: TestApp) {
        publish(&app, "recover", &["cart-recovery", "cart-recovery", "cart-recovery", "cart-recovery"]).await;
        abandon(&app, EMAIL, "Anna").await;
        let page = link(&mails(&app).await[0], "/p/");
        let look = app.get(&page).header("accept-language", "de-AT,en;q=0.5").send().await.unwrap();
        assert_eq!(look.status(), StatusCode::OK);
        assert_eq!(look.headers()["referrer-policy"], "no-referrer");
        let text = look.text().await.unwrap();
        assert!(text.contains("lang=\"de\"") && text.contains("Zurzeit: Alles."), "{text}");
        assert_eq!(person(&app).await.preference, Preference::All, "looking changes nothing");
        let choose = async |choice: &str| {
            let answer = app.form(&page, format!("choice={choice}")).send().await.unwrap();
            (answer.status(), answer.text().await.unwrap())
        };
        assert_eq!(choose("everything").await.0, StatusCode::BAD_REQUEST);
        let (status, text) = choose("pause").await;
        assert!(status == StatusCode::OK && text.contains("Nothing until") && text.contains("Saved."), "{text}");
        assert_eq!(person(&app).await.preference, Preference::PausedUntil(app.now() + 30 * DAY));
        wait(&app, DAY).await;
        assert_eq!(mails(&app).await.len(), 1, "the next step is left out");
        let steps = enrollments::of_customer(&app.app.db, app.site.id, person(&app).await.id).await.unwrap();
        let steps = enrollments::steps(&app.app.db, app.site.id, steps[0].id).await.unwrap();
        assert_eq!(steps[1].reason.as_deref(), Some("paused"));
        choose("orders").await;
        wait(&app, DAY).await;
        assert_eq!(mails(&app).await.len(), 1);
        assert_eq!(person(&app).await.preference, Preference::OrdersOnly);
        choose("none").await;
        assert_eq!(suppression(&app, EMAIL).await, Some(Suppression::Unsubscribed));
        assert!(!person(&app).await.consent.unwrap().granted);
        assert!(app.get(&page).send().await.unwrap().text().await.unwrap().contains("At present: Nothing."));
        app.advance(MINUTE);
        choose("all").await;
        assert!(person(&app).await.consent.unwrap().granted, "they came back");
        let proof = customers::consents(&app.app.db, app.site.id, person(&app).await.id).await.unwrap().remove(0);
        assert_eq!((proof.granted, proof.source.as_str(), proof.wording.as_deref()), (true, "link", Some("Everything")));
        // A link for one door opens no other, and half a link none.
        for bad in [page.replace("/p/", "/u/"), page[..page.len() - 1].to_owned(), link(&mails(&app).await[0], "/u/").replace("/u/", "/p/")] {
            assert_eq!(app.get(&bad).send().await.unwrap().status(), StatusCode::NOT_FOUND, "{bad}");
        }
    }
}

/// Where a source is told to send to.
fn hook(app: &TestApp, source: Source) -> String {
    format!("/hooks/{}/mail/{source}/{}", app.site.key, app.app.sender.keys.feedback_token(app.site.id, source, 0))
}

async fn told(app: &TestApp, source: Source, body: String) -> StatusCode {
    app.post(&hook(app, source), body).send().await.unwrap().status()
}

fn message_id(mail: &Message) -> String {
    format!("{}@captured.invalid", mail.id.simple())
}

/// A bounce as mail servers write it.
fn dsn(status: &str, recipient: &str, message_id: &str) -> String {
    [
        "From: MAILER-DAEMON@mx.example",
        "To: hello@shop.example",
        "Date: Tue, 24 Nov 2026 12:00:00 +0000",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "It came back.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example",
        "",
        &format!("Final-Recipient: rfc822; {recipient}"),
        "Action: failed",
        &format!("Status: {status}"),
        &format!("Diagnostic-Code: smtp; 550 {status} no"),
        "",
        "--b",
        "Content-Type: text/rfc822-headers",
        "",
        &format!("Message-ID: <{message_id}>"),
        "",
        "--b--",
        "",
    ]
    .join("\r\n")
}

crate::on_both! {
    async fn only_what_names_a_mail_of_ours_costs_an_address(app: TestApp) {
        publish(&app, "recover", &["cart-recovery"]).await;
        abandon(&app, EMAIL, "Anna").await;
        let mail = mails(&app).await.remove(0);
        let (ours, unknown) = (message_id(&mail), "0123456789abcdef0123456789abcdef@captured.invalid");
        // Forged: an address without its mail, another mail, the right mail and another address.
        for body in [dsn("5.1.1", EMAIL, unknown), dsn("5.1.1", EMAIL, "x"), dsn("5.1.1", "eve@example.com", &ours)] {
            assert_eq!(told(&app, Source::Mail, body).await, StatusCode::OK);
        }
        assert_eq!((suppression(&app, EMAIL).await, suppression(&app, "eve@example.com").await), (None, None));
        assert_eq!(mails(&app).await[0].status, MessageStatus::Captured);
        let shown = owner(&app).await.get(&path(&app, "/returns")).await;
        assert!(shown.text("tbody").contains("a…@example.com") && !shown.text("tbody").contains(EMAIL), "shown, and not whole");

        let genuine = dsn("5.1.1", "Anna@Example.com", &ours);
        for _ in 0..2 {
            assert_eq!(told(&app, Source::Mail, genuine.clone()).await, StatusCode::OK);
        }
        assert_eq!(suppression(&app, EMAIL).await, Some(Suppression::Bounced));
        assert_eq!(mails(&app).await[0].status, MessageStatus::Bounced);
        let kept = feedback::recent(&app.app.db, app.site.id, 0, 50).await.unwrap();
        assert_eq!(kept.iter().filter(|one| one.message_id == Some(mail.id)).count(), 1, "twice is once");
        let complaint = json!({"RecordType": "SpamComplaint", "Email": EMAIL, "BouncedAt": "2026-11-24T13:00:00Z", "Metadata": {"mail": mail.id.simple().to_string()}});
        assert_eq!(told(&app, Source::Postmark, complaint.to_string()).await, StatusCode::OK);
        assert_eq!(suppression(&app, EMAIL).await, Some(Suppression::Complained), "the graver reason");
        assert_eq!(mails(&app).await[0].status, MessageStatus::Complained);
    }
}

crate::on_both! {
    async fn a_full_mailbox_is_given_up_after_three_days_and_policy_never(app: TestApp) {
        publish(&app, "recover", &["cart-recovery"]).await;
        abandon(&app, EMAIL, "Anna").await;
        let mail = mails(&app).await.remove(0);
        for (at, full) in [(0, None), (DAY, None), (2 * DAY, Some(Suppression::Bounced))] {
            let body = dsn("5.2.2", EMAIL, &message_id(&mail)).replace("550 5.2.2 no", &format!("550 5.2.2 full {at}"));
            assert_eq!(told(&app, Source::Mail, body).await, StatusCode::OK);
            assert_eq!(suppression(&app, EMAIL).await, full, "{at}");
            app.advance(36 * HOUR);
        }
        // To noon again: nobody is mailed at night.
        app.advance(12 * HOUR);
        abandon(&app, "ben@example.com", "Ben").await;
        let mail = mails(&app).await.remove(1);
        assert_eq!(told(&app, Source::Mail, dsn("5.7.26", "ben@example.com", &message_id(&mail))).await, StatusCode::OK);
        assert_eq!(suppression(&app, "ben@example.com").await, None);
        assert_eq!(mails(&app).await[1].status, MessageStatus::Failed);
        let warned = owner(&app).await.get(&path(&app, "")).await;
        assert!(warned.text(".notice.bad").contains("1 of the last day’s 1 mails were refused because of their sender"), "{}", warned.text("main"));
    }
}

crate::on_both! {
    async fn strangers_are_not_heard(app: TestApp) {
        let other = app.another_site("https://other.example").await;
        let token = app.app.sender.keys.feedback_token(app.site.id, Source::Postmark, 0);
        for bad in [
            hook(&app, Source::Postmark)[..60].to_owned(),
            format!("/hooks/{}/mail/postmark/{token}", other.key),
            format!("/hooks/{}/mail/ses/{token}", app.site.key),
            format!("/hooks/{}/mail/postman/{token}", app.site.key),
            format!("/hooks/st_nobody/mail/postmark/{token}"),
        ] {
            assert_eq!(app.post(&bad, "{}").send().await.unwrap().status(), StatusCode::NOT_FOUND, "{bad}");
        }
        for (source, body) in [
            (Source::Postmark, "not json"), (Source::Postmark, "[]"), (Source::Ses, "{}"), (Source::Mailgun, "{\"a\":1}"), (Source::Sendgrid, "{}"),
        ] {
            assert_eq!(told(&app, source, body.to_owned()).await, StatusCode::BAD_REQUEST, "{source} {body}");
        }
        // New addresses make the old ones worthless.
        let mut browser = owner(&app).await;
        let returns = path(&app, "/returns");
        assert_eq!(browser.submit(&returns, &returns, &[("what", "round")]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(told(&app, Source::Postmark, json!({"RecordType": "Open"}).to_string()).await, StatusCode::NOT_FOUND);
        let confirm = |url: &str| json!({"Type": "SubscriptionConfirmation", "SubscribeURL": url, "Message": "confirm"}).to_string();
        let round = app.app.sender.keys.feedback_token(app.site.id, Source::Ses, 1);
        let ses = format!("/hooks/{}/mail/ses/{round}", app.site.key);
        app.post(&ses, confirm("https://sns.evil.example/?x=amazonaws.com")).send().await.unwrap();
        assert!(!browser.get(&returns).await.html.contains("evil.example"));
        let genuine = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=1";
        assert_eq!(app.post(&ses, confirm(genuine)).send().await.unwrap().status(), StatusCode::OK);
        assert_eq!(browser.get(&returns).await.attribute(".notice a", "href").as_deref(), Some(genuine));
    }
}

crate::on_both! {
    async fn a_signature_is_demanded_once_its_key_is_there(app: TestApp) {
        publish(&app, "recover", &["cart-recovery"]).await;
        abandon(&app, EMAIL, "Anna").await;
        let ours = message_id(&mails(&app).await[0]);
        let mut browser = owner(&app).await;
        let returns = path(&app, "/returns");
        let refused = browser.submit(&returns, &returns, &[("what", "sendgrid"), ("secret", "no key")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.submit(&returns, &returns, &[("what", "mailgun"), ("secret", "signing-key")]).await.status, StatusCode::SEE_OTHER);
        assert!(!browser.get(&returns).await.html.contains("signing-key"), "kept, and never shown");
        let call = |key: &str, token: &str, at: i64| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
            mac.update(format!("{}{token}", at / 1000).as_bytes());
            let signature: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
            json!({"signature": {"timestamp": (at / 1000).to_string(), "token": token, "signature": signature},
                   "event-data": {"event": "failed", "severity": "permanent", "recipient": EMAIL, "message": {"headers": {"message-id": ours}},
                                  "delivery-status": {"code": 550, "message": "5.1.1 gone"}}}).to_string()
        };
        let now = app.now();
        for forged in [call("another", "t", now), call("signing-key", "t", now - HOUR), json!({"event-data": {}}).to_string()] {
            assert_eq!(told(&app, Source::Mailgun, forged).await, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(suppression(&app, EMAIL).await, None);
        let genuine = call("signing-key", "t", now);
        assert_eq!(told(&app, Source::Mailgun, genuine.clone()).await, StatusCode::OK);
        assert_eq!(suppression(&app, EMAIL).await, Some(Suppression::Bounced));
        assert_eq!(told(&app, Source::Mailgun, genuine).await, StatusCode::UNAUTHORIZED, "its token is used up");
    }
}

crate::on_both! {
    async fn settings_are_in_the_next_mail(app: TestApp) {
        let mut browser = owner(&app).await;
        let settings = path(&app, "/settings");
        let good = [("sender_name", "Anna’s toys"), ("reply_to", "help@shop.example"), ("postal_address", "Lindenweg 4, Leipzig"), ("policy", "explicit"),
            ("quiet_from", ""), ("quiet_until", ""), ("cap", "5"), ("cap_days", "7"), ("per_minute", "1")];
        for (field, bad) in [("sender_name", "A\nBcc: all@example.com"), ("reply_to", "help@shop.example\r\nBcc: x@y.z"), ("policy", "all"), ("quiet_from", "25:00"), ("cap", "0"), ("per_minute", "-1")] {
            let fields = good.map(|(name, value)| (name, if name == field { bad } else { value }));
            let page = browser.submit(&settings, &settings, &fields).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        }
        assert_eq!(browser.submit(&settings, &settings, &good).await.status, StatusCode::SEE_OTHER);
        let key = include_str!("keys/dkim_rsa.pem");
        let dkim = path(&app, "/dkim");
        let bad = browser.submit(&settings, &dkim, &[("selector", "s 1"), ("private_key", "x"), ("then", "keep")]).await;
        assert!(bad.status == StatusCode::UNPROCESSABLE_ENTITY && bad.text("main .notice.bad").contains("private key"));
        assert_eq!(browser.submit(&settings, &dkim, &[("selector", "s1"), ("private_key", key), ("then", "keep")]).await.status, StatusCode::SEE_OTHER);
        let page = browser.get(&settings).await;
        assert!(page.text("#dkim dl").contains("s1._domainkey.captured.invalid") && page.html.contains("v=DKIM1; k=rsa; p=MIIB"));
        assert!(!page.html.contains("BEGIN RSA"), "never shown again");

        publish(&app, "recover", &["cart-recovery"]).await;
        for email in ["anna@example.com", "ben@example.com"] {
            let cart = json!({"token": email, "value": 4990, "currency": "EUR", "items": [{"id": "mug", "name": "Mug", "quantity": 1, "price": 4990}]});
            let person = json!({"email": email, "consent": {"marketing": true}});
            app.send(email, json!([event(app.now(), "customer.identified", json!({"customer": person})), event(app.now(), "cart.updated", json!({"cart": cart}))])).await;
        }
        wait(&app, HOUR).await;
        wait(&app, DAY).await;
        assert_eq!(mails(&app).await.len(), 1, "one a minute");
        wait(&app, MINUTE).await;
        let both = mails(&app).await;
        assert_eq!(both.len(), 2);
        let raw = both[1].raw.clone().unwrap();
        let mail = MessageParser::default().parse(&raw).unwrap();
        assert_eq!(mail.from().unwrap().first().unwrap().name(), Some("Anna’s toys"));
        assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some("help@shop.example"));
        let signature = mail.header_raw("DKIM-Signature").unwrap();
        assert!(signature.contains("d=captured.invalid") && signature.contains("s=s1"), "{signature}");
        assert!(html(&both[1]).contains("Lindenweg 4, Leipzig"));
        browser.log_in(OWNER, PASSWORD).await;
        let shown = browser.get(&path(&app, &format!("/messages/{}", both[1].id))).await;
        assert!(shown.text("pre").contains("Lindenweg 4") && shown.text("main").contains("There is no mail server"));
        assert!(browser.get(&path(&app, "?status=captured")).await.text("tbody").contains("ben@example.com"));
        assert!(browser.get(&path(&app, "?status=failed")).await.text("main").contains("No such mails"));
        let site = sites::by_id(&app.app.db, app.site.id).await.unwrap().unwrap();
        assert_eq!((site.settings.mail.caps.mails, site.settings.sending.per_minute), (5, Some(1)));
    }
}
