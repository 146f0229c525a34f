//! `exitpoll demo`, as a newcomer meets it.

use std::collections::BTreeSet;
use std::process::Command;

use exitpoll::clock::HOUR;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::binary::{Server, exitpoll, run};
use crate::support::{client, event, json_of};

fn demo(args: &[&str]) -> Command {
    // It has a database of its own, whatever the machine's settings are.
    exitpoll("postgres://127.0.0.1:1/not-for-the-demo", &[&["demo"], args].concat())
}

/// Where it says that the toy store is.
fn toy_store(line: &str) -> Option<String> {
    let port = line.trim().strip_prefix("Toy store")?.trim().strip_prefix("http://localhost:")?.split('/').next()?;
    Some(format!("http://127.0.0.1:{port}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_shows_everything_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(demo(&["--listen", "127.0.0.1:0"]).env("TMPDIR", dir.path()), toy_store);
    let files = || std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(files(), 1);
    let (http, base) = (client(), server.base.clone());
    let get = async |path: &str| http.get(format!("{base}{path}")).send().await.unwrap();

    for path in ["/demo/", "/demo/c/on-the-move", "/demo/p/birch-express", "/demo/cart", "/demo/checkout", "/demo/order/thanks"] {
        let response = get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let html = response.text().await.unwrap();
        assert!(html.contains("/embed.js") && html.contains("data-site=\"st_demo\""), "{path} has the tag");
    }
    assert_eq!(get("/demo").await.headers()["location"], "/demo/");
    assert_eq!(get("/demo/p/nothing").await.status(), StatusCode::NOT_FOUND);
    for path in ["/embed.js", "/healthz", "/readyz"] {
        assert_eq!(get(path).await.status(), StatusCode::OK, "{path}");
    }

    let config = json_of(get("/v1/st_demo/config").await, StatusCode::OK).await;
    let mut surveys: Vec<_> = config["surveys"].as_array().unwrap().iter().map(|s| s["key"].as_str().unwrap()).collect();
    surveys.sort_unstable();
    assert_eq!(surveys, ["first-heard", "toy-talk", "why-leaving"]);
    let decide = async |visitor: &str, page: &str| {
        let ask =
            json!({"visitor": visitor, "session": "1", "candidates": ["why-leaving"], "page": {"url": format!("{base}{page}")}});
        let request = http.post(format!("{base}/v1/st_demo/decide")).header("origin", base.replace("127.0.0.1", "localhost"));
        json_of(request.body(ask.to_string()).send().await.unwrap(), StatusCode::OK).await
    };
    let answer = decide("anna", "/demo/cart").await;
    assert_eq!(answer["offers"][0]["survey"]["key"], "why-leaving", "{answer}");

    let turn = async |by: Value, from: Option<&str>| {
        let mut request = http.post(format!("{base}/demo/clock")).body(json!({"advance": by}).to_string());
        if let Some(from) = from {
            request = request.header("sec-fetch-site", from);
        }
        request.send().await.unwrap()
    };
    let now = async |by: &str| json_of(turn(json!(by), None).await, StatusCode::OK).await["now"].as_i64().unwrap();
    let before = now("0s").await;
    let moved = now("1h").await - before;
    assert!((HOUR..HOUR + HOUR / 60).contains(&moved), "{moved}");
    for from in ["cross-site", "same-site"] {
        assert_eq!(turn(json!("1h"), Some(from)).await.status(), StatusCode::FORBIDDEN, "{from}");
    }
    assert_eq!(turn(json!("0s"), Some("same-origin")).await.status(), StatusCode::OK);
    for nonsense in [json!("an hour"), json!(7), json!("-1h"), json!(null)] {
        assert_eq!(turn(nonsense.clone(), None).await.status(), StatusCode::BAD_REQUEST, "{nonsense}");
    }
    assert!(now("0s").await < before + 2 * HOUR, "what was refused moved nothing");

    // The bar at the foot of every page does the same by a form, and says what happened.
    let page = get("/demo/p/birch-express").await.text().await.unwrap();
    assert!(page.contains("action=\"/demo/clock\"") && page.contains("value=\"/demo/p/birch-express\""), "{page}");
    let form = http.post(format!("{base}/demo/clock")).header("content-type", "application/x-www-form-urlencoded");
    let moved = form.body("advance=15m&back=%2Fdemo%2Fp%2Fbirch-express").send().await.unwrap();
    assert_eq!(moved.status(), StatusCode::SEE_OTHER);
    let back = moved.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(back, "/demo/p/birch-express?moved=15m&mails=0#clock");
    assert!(
        get(back.trim_end_matches("#clock")).await.text().await.unwrap().contains("15 minutes have passed: no mail was sent.")
    );

    // A cart is left behind by somebody who agreed to mail: an hour later there is one, a day later another.
    let at = now("0s").await;
    let events = json!([
        event(at, "customer.identified", json!({"customer": {"email": "mia@example.com", "consent": {"marketing": true}}})),
        event(
            at,
            "cart.updated",
            json!({"cart": {"token": "abc", "value": 4490, "currency": "EUR",
            "checkout_url": format!("{}/demo/cart?token=abc", base.replace("127.0.0.1", "localhost")),
            "items": [{"id": "birch-express", "name": "Birch Express", "quantity": 1, "price": 4490}]}})
        ),
    ]);
    let batch = json!({"visitor": "mia", "session": "1", "sent_at": at, "events": events}).to_string();
    let origin = base.replace("127.0.0.1", "localhost");
    let sent = http.post(format!("{base}/v1/st_demo/events")).header("origin", &origin).body(batch).send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::ACCEPTED);
    assert_eq!(json_of(get("/demo/outbox.json").await, StatusCode::OK).await, json!([]));
    now("1h").await;
    let outbox = json_of(get("/demo/outbox.json").await, StatusCode::OK).await;
    assert_eq!(outbox.as_array().unwrap().len(), 1, "{outbox}");
    assert_eq!(outbox[0]["to"], "mia@example.com");
    for part in ["subject", "text", "html", "raw"] {
        assert!(outbox[0][part].as_str().is_some_and(|text| !text.is_empty()), "{part}: {outbox}");
    }
    assert!(outbox[0]["headers"]["List-Unsubscribe"].as_str().unwrap().starts_with(&format!("<{origin}/u/")), "{outbox}");
    now("1d").await;
    let outbox = json_of(get("/demo/outbox.json").await, StatusCode::OK).await;
    assert_eq!(outbox.as_array().unwrap().len(), 2, "{outbox}");
    assert!(outbox[1]["text"].as_str().unwrap().contains("SHIP-"), "{outbox}");
    let page = get("/demo/outbox?moved=1d&mails=1").await.text().await.unwrap();
    assert!(page.contains("A day has passed:") && page.contains("1 mail was sent: look in the outbox"), "{page}");
    let (_, link) = page.split_once("href=\"/demo/outbox/").unwrap();
    let mail = get(&format!("/demo/outbox/{}", &link[..36])).await;
    assert!(mail.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    assert!(mail.text().await.unwrap().contains("Birch Express"));

    // Its CRM was told, and whoever checks signatures believes it, though the demo's clock is a day ahead.
    let told = json_of(get("/demo/crm.json").await, StatusCode::OK).await;
    let told = told.as_array().unwrap();
    // In whatever order they arrive.
    let kinds: BTreeSet<_> = told
        .iter()
        .map(|call| serde_json::from_str::<Value>(call["body"].as_str().unwrap()).unwrap()["type"].to_string())
        .collect();
    assert_eq!((told.len(), kinds), (2, ["\"cart.abandoned\"", "\"customer.identified\""].map(str::to_owned).into()));
    for call in told {
        let judge = standardwebhooks::Webhook::new(call["secret"].as_str().unwrap()).unwrap();
        let named = call["headers"].as_object().unwrap().iter();
        let headers = named.map(|(name, value)| (name.parse().unwrap(), value.as_str().unwrap().parse().unwrap())).collect();
        judge.verify(call["body"].as_str().unwrap().as_bytes(), &headers).unwrap();
        assert!(call["at"].as_i64().unwrap() > before);
    }
    let page = get("/demo/crm").await.text().await.unwrap();
    assert!(page.contains("cart.abandoned") && page.contains("signature verified") && !page.contains("refused"), "{page}");
    let forged = http.post(format!("{base}/demo/crm")).body("{}").send().await.unwrap();
    assert_eq!(forged.status(), StatusCode::UNAUTHORIZED);

    let (code, printed) = server.terminate();
    assert_eq!(code, Some(0), "{printed}");
    for word in ["/demo/", "/demo/crm", "/demo/outbox", "/admin", "owner@example.com / exitpoll-demo", "st_demo"] {
        assert!(printed.contains(word), "{word} is missing: {printed}");
    }
    assert_eq!(files(), 0);
}

#[test]
fn the_demo_is_not_for_the_network() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let err = run(&mut demo(&["--listen", address]), "").failed();
        assert!(err.contains("loopback only"), "{err}");
    }
}

#[test]
fn a_demo_that_cannot_listen_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let err = run(demo(&["--listen", &address]).env("TMPDIR", dir.path()), "").failed();
    assert!(err.contains("in use"), "{err}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
