//! `embed.js`, its scripts, and `GET config`.

use reqwest::StatusCode;
use reqwest::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, ETAG, IF_NONE_MATCH, ORIGIN as ORIGIN_HEADER, SET_COOKIE, VARY,
};

use crate::support::{ORIGIN, TestApp, json_of, survey};

crate::on_both! {
    async fn the_config_names_live_surveys_without_their_questions(app: TestApp) {
        let mut document = survey("s");
        document["targeting"] = serde_json::json!({"all": [{"field": "page.path", "op": "glob", "value": "/cart*"}]});
        app.publish(document).await;
        let response = app.get(&app.v1("config")).header(ORIGIN_HEADER, ORIGIN).send().await.unwrap();
        let headers = response.headers().clone();
        assert_eq!(headers[CACHE_CONTROL], "public, max-age=60, stale-while-revalidate=600");
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], ORIGIN);
        assert!(headers[VARY].to_str().unwrap().contains("origin"));
        assert!(headers.get(SET_COOKIE).is_none());
        let config = json_of(response, StatusCode::OK).await;
        assert_eq!(config["surveys"][0]["key"], "s");
        assert_eq!(config["surveys"][0]["targeting"]["all"][0]["value"], "/cart*");
        assert!(config["surveys"][0].get("questions").is_none());
        assert_eq!(config["block"], serde_json::json!(["*/payment*", "*/order-pay*"]), "nobody is asked while paying");

        let packed = app.get(&app.v1("config")).header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert!(packed.headers()[VARY].to_str().unwrap().contains("accept-encoding"));
        let packed = packed.bytes().await.unwrap();
        let unpacked: serde_json::Value = serde_json::from_reader(flate2::read::GzDecoder::new(&packed[..])).unwrap();
        assert_eq!(unpacked, config);
        let smallest = app.get(&app.v1("config")).header("accept-encoding", "gzip, br").send().await.unwrap();
        assert_eq!(smallest.headers()[CONTENT_ENCODING], "br");
        assert!(smallest.bytes().await.unwrap().len() < packed.len());

        let again = app.get(&app.v1("config")).header(IF_NONE_MATCH, &headers[ETAG]).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        app.publish(survey("t")).await;
        let changed = app.get(&app.v1("config")).header(IF_NONE_MATCH, &headers[ETAG]).send().await.unwrap();
        assert_eq!(changed.status(), StatusCode::OK);
        // Its scripts are there.
        for script in ["core", "ui"] {
            let response = app.get(config[script].as_str().unwrap()).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
        }
    }
}

crate::on_both! {
    async fn embed_js_is_compressed_beforehand_and_has_an_etag(app: TestApp) {
        let mut etags = Vec::new();
        for (accept, coding) in [("br, gzip", Some("br")), ("gzip, deflate", Some("gzip")), ("br;q=0, gzip", Some("gzip")), ("identity", None)] {
            let response = app.get("/embed.js").header("accept-encoding", accept).send().await.unwrap();
            assert_eq!(response.headers().get(CONTENT_ENCODING).map(|v| v.to_str().unwrap()), coding, "{accept}");
            assert_eq!(response.headers()["content-type"], "text/javascript; charset=utf-8");
            etags.push(response.headers()[ETAG].clone());
        }
        let again = app.get("/embed.js").header(IF_NONE_MATCH, &etags[0]).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(app.get("/assets/core.0000.js").send().await.unwrap().headers()[CACHE_CONTROL], "public, max-age=300, stale-while-revalidate=86400");
        for missing in ["/assets/other.0000.js", "/assets/core.js", "/static/nothing.css", "/static/../Cargo.toml"] {
            assert_eq!(app.get(missing).send().await.unwrap().status(), StatusCode::NOT_FOUND, "{missing}");
        }
    }
}

crate::on_both! {
    async fn only_the_sites_own_pages_may_ask(app: TestApp) {
        let own_host = app.base.clone();
        for (origin, status) in [(ORIGIN, 200), (own_host.as_str(), 200), ("https://evil.example", 403), ("null", 403)] {
            let response = app.get(&app.v1("config")).header(ORIGIN_HEADER, origin).send().await.unwrap();
            assert_eq!(response.status(), status, "{origin}");
            let allowed = response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN).is_some();
            assert_eq!(allowed, status == 200, "{origin}");
        }
        let preflight = app.request(reqwest::Method::OPTIONS, &app.v1("events")).header(ORIGIN_HEADER, ORIGIN)
            .header("access-control-request-method", "POST").header("access-control-request-headers", "content-type").send().await.unwrap();
        assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
        assert_eq!(preflight.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], ORIGIN);
        assert!(preflight.headers().get("access-control-allow-credentials").is_none());
        let unknown = app.get("/v1/st_nobody/config").header(ORIGIN_HEADER, ORIGIN).send().await.unwrap();
        assert_eq!(json_of(unknown, StatusCode::NOT_FOUND).await["code"], "unknown_site");
    }
}
