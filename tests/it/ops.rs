//! What whoever runs the server asks it.

use exitpoll::clock::MINUTE;
use exitpoll::jobs::ensure_nightly;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{TestApp, event, json_of, survey};

/// A path's status and text.
async fn get(app: &TestApp, path: &str) -> (u16, String) {
    let response = app.get(path).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

crate::on_both! {
    async fn a_server_is_ready_while_its_queue_moves(app: TestApp) {
        assert_eq!(get(&app, "/healthz").await, (200, "ok\n".into()));
        assert_eq!(get(&app, "/readyz").await, (200, "ready\n".into()));
        ensure_nightly(&app.app.db, app.now()).await.unwrap();
        app.advance(15 * MINUTE);
        assert_eq!(get(&app, "/readyz").await.0, 200, "a worker may be busy");
        app.advance(MINUTE);
        assert_eq!(get(&app, "/readyz").await, (503, "the queue stands still: a job waits for 960 s\n".into()));
        assert_eq!(get(&app, "/healthz").await.0, 200, "to start it again would not help");
        app.run_jobs().await;
        assert_eq!(get(&app, "/readyz").await.0, 200);
    }
}

crate::on_both! {
    async fn a_server_without_its_database_says_so_and_no_more(app: TestApp) {
        app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        app.app.db.close().await;
        assert_eq!(get(&app, "/readyz").await, (503, "the database does not answer\n".into()));
        assert_eq!(get(&app, "/healthz").await.0, 200);
        let answered = event(app.now(), "survey.answered", json!({"offer": token, "answers": {"score": {"number": 9}}}));
        for (what, body) in [
            ("events", json!({"visitor": "anna", "session": "1", "sent_at": app.now(), "events": [answered]})),
            ("decide", json!({"visitor": "ben", "session": "1", "candidates": ["s"]})),
        ] {
            let response = app.post(&app.v1(what), body.to_string()).send().await.unwrap();
            assert_eq!(response.headers()["retry-after"], "2", "{what}");
            let problem = json_of(response, StatusCode::SERVICE_UNAVAILABLE).await;
            assert_eq!(problem["detail"], "cannot be stored right now, keep it and try again", "{what}");
        }
    }
}

crate::on_both! {
    async fn an_unknown_path_is_not_found(app: TestApp) {
        for path in ["/nothing", "/v1", "/v1/st_unknown/config", "/demo/", "/demo/clock", "/static/nothing.css", "/assets/nothing.js"] {
            assert_eq!(get(&app, path).await.0, 404, "{path}");
        }
    }
}
