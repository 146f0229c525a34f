//! Signed identities and the carts' threshold, as owners set them.

use std::process::Command;

use exitpoll::clock::{DAY, MINUTE};
use exitpoll::store::{audit, sites};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::binary::{exitpoll, run};
use crate::support::browser::{Browser, Page};
use crate::support::{TestApp, event};

async fn owner(app: &TestApp) -> Browser<'_> {
    let password = "correct horse battery";
    run(&mut exitpoll(&app.database.url, &["user", "create", "olga@example.com", "--password-stdin"]), password).ok();
    let mut browser = Browser::new(app);
    assert_eq!(browser.log_in("olga@example.com", password).await.status, StatusCode::SEE_OTHER);
    browser
}

/// Runs a snippet of the page in its language, around the customer 42.
fn sign(page: &Page, language: &str, secret: &str) -> String {
    let code = page.code(language);
    let (program, text) = match language {
        "node" => {
            ("node", format!("const customer = {{id: 42, email: 'Mia@Example.com'}};\n{code}\nprocess.stdout.write(signature)"))
        }
        "python" => ("python3", format!("customer = {{'id': 42, 'email': 'Mia@Example.com'}}\n{code}\nprint(signature, end='')")),
        _ => ("sh", format!("id=42 email=mia@example.com\n{code}")),
    };
    let flag = if program == "node" { "-e" } else { "-c" };
    let ran = Command::new(program).args([flag, &text]).env("EXITPOLL_IDENTITY_SECRET", secret).output().unwrap();
    assert!(ran.status.success(), "{language}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

async fn identify(app: &TestApp, signature: Option<&str>) -> Value {
    let mut customer = json!({"id": "42", "email": "mia@example.com"});
    if let Some(signature) = signature {
        customer["signature"] = json!(signature);
    }
    app.send("mia", json!([event(app.now(), "customer.identified", json!({"customer": customer}))])).await["accepted"].clone()
}

crate::on_both! {
    async fn what_the_page_teaches_is_what_the_server_believes(app: TestApp) {
        let mut browser = owner(&app).await;
        let path = format!("/admin/{}/settings/identity", app.site.key);
        let hidden = browser.get(&path).await;
        assert!(hidden.attribute("#secret", "id").is_none(), "nobody sees it in passing");
        assert_eq!(identify(&app, None).await, 1, "at first pages are believed");
        browser.submit(&path, &path, &[("demand", "on")]).await;
        assert_eq!(identify(&app, None).await, 0);

        assert_eq!(browser.post(&format!("{path}/secret"), &[]).await.status, StatusCode::FORBIDDEN);
        let shown = browser.submit(&path, &format!("{path}/secret"), &[]).await;
        let secret = shown.text("#secret");
        assert_eq!(secret.len(), 64, "{}", shown.html);
        for language in ["node", "python", "shell"] {
            assert_eq!(identify(&app, Some(&sign(&shown, language, &secret))).await, 1, "{language}");
            assert_eq!(identify(&app, Some(&sign(&shown, language, "another secret"))).await, 0, "{language}");
        }
        assert!(shown.html.contains(&sign(&shown, "shell", "test")), "the example on the page is right");

        let signature = sign(&shown, "shell", &secret);
        browser.submit(&path, &format!("{path}/renew"), &[]).await;
        assert_eq!(identify(&app, Some(&signature)).await, 0, "the old secret is over");
        let renewed = browser.submit(&path, &format!("{path}/secret"), &[]).await.text("#secret");
        assert_ne!(renewed, secret);
        let log = audit::recent(&app.app.db, app.site.id, 10).await.unwrap();
        let actions: Vec<_> = log.iter().map(|entry| entry.action.as_str()).take(4).collect();
        assert_eq!(actions, ["identity.reveal", "identity.renew", "identity.reveal", "identity.demand"]);
        assert!(log.iter().all(|entry| !entry.subject.contains(&secret)));
        browser.submit(&path, &path, &[]).await;
        assert_eq!(identify(&app, None).await, 1);
    }
}

crate::on_both! {
    async fn an_owner_says_when_a_cart_is_abandoned(app: TestApp) {
        let mut browser = owner(&app).await;
        let path = format!("/admin/{}/settings", app.site.key);
        let page = browser.get(&path).await;
        assert_eq!(page.attribute("#abandon_minutes", "value").as_deref(), Some("60"));
        let mut fields = page.fields("form[method=post]:has(#abandon_minutes)");
        let set = |fields: &mut Vec<(String, String)>, name: &str, value: &str| {
            fields.iter_mut().filter(|(known, _)| known == name).for_each(|(_, known)| *known = value.to_owned());
        };
        set(&mut fields, "abandon_minutes", "2");
        let wrong = browser.post(&path, &pairs(&fields)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text("#abandon_minutes-fault").contains("from 5 to 10080"), "{}", wrong.html);
        set(&mut fields, "abandon_minutes", "90");
        set(&mut fields, "recovery_days", "7");
        assert_eq!(browser.post(&path, &pairs(&fields)).await.status, StatusCode::SEE_OTHER);
        let carts = sites::by_id(&app.app.db, app.site.id).await.unwrap().unwrap().settings.carts;
        assert_eq!((carts.abandon_after_ms, carts.recovery_ms), (90 * MINUTE, 7 * DAY));
    }
}

fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
