//! Preview links: what they show, to whom, and for how long.

use exitpoll::clock::{DAY, SECOND};
use exitpoll::collect::preview::Preview;
use reqwest::StatusCode;
use reqwest::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, ORIGIN as ORIGIN_HEADER};
use serde_json::json;

use crate::support::{TestApp, json_of, survey};

impl TestApp {
    async fn preview(&self, site: &str, token: &str) -> reqwest::Response {
        let path = format!("/v1/{site}/preview?token={token}&locale=de-AT");
        self.get(&path).header(ORIGIN_HEADER, "https://anywhere.example").send().await.unwrap()
    }
}

crate::on_both! {
    async fn a_link_shows_one_document_for_a_week_and_nothing_is_counted(app: TestApp) {
        let mut document = survey("s");
        document["translations"] = json!({"de": {"questions.reason.prompt": "Warum?"}});
        let id = app.publish(document).await;
        let seal = |revision| Preview::new(app.site.id, id, revision, app.now()).seal(&app.app.keys.preview);
        for token in [seal(None), seal(Some(1))] {
            let response = app.preview(&app.site.key, &token).await;
            assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*", "the link is the permission");
            assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
            let survey = json_of(response, StatusCode::OK).await["survey"].take();
            assert_eq!((&survey["key"], &survey["questions"][0]["prompt"], &survey["locale"]), (&json!("s"), &json!("Warum?"), &json!("de")));
            assert!(survey.get("targeting").is_none() && survey.get("translations").is_none());
        }
        let totals = exitpoll::store::reports::totals(&app.app.db, app.site.id, id, 0, 100_000).await.unwrap();
        assert!(totals.is_empty(), "{totals:?}");

        let token = seal(None);
        let other = app.another_site("https://other.example").await;
        for (site, token) in [(&app.site.key, "made-up"), (&app.site.key, &token[1..]), (&other.key, &*token), (&app.site.key, &seal(Some(2)))] {
            assert_eq!(json_of(app.preview(site, token).await, StatusCode::NOT_FOUND).await["code"], "no_preview");
        }
        app.advance(7 * DAY - SECOND);
        assert_eq!(app.preview(&app.site.key, &token).await.status(), StatusCode::OK);
        app.advance(SECOND);
        assert_eq!(app.preview(&app.site.key, &token).await.status(), StatusCode::NOT_FOUND);
    }
}

crate::on_both! {
    async fn our_own_page_holds_the_tag_and_nothing_from_elsewhere(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let token = Preview::new(app.site.id, id, None, app.now()).seal(&app.app.keys.preview);
        let page = app.get(&format!("/preview/{}?exitpoll_preview={token}", app.site.key)).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers()["referrer-policy"], "no-referrer");
        assert!(page.text().await.unwrap().contains(&format!("data-site=\"{}\" data-auto=\"off\"", app.site.key)));
        let over = app.get(&format!("/preview/{}?exitpoll_preview=old", app.site.key)).send().await.unwrap();
        assert_eq!(over.status(), StatusCode::NOT_FOUND);
        assert!(!over.text().await.unwrap().contains("embed.js"));
    }
}
