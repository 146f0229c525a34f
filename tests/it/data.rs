//! Orders, people and responses as files: in, out, and in again.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use exitpoll::clock::{Clock, HOUR};
use exitpoll::manage::import::{Format, Importer, Records, begin, fingerprint};
use exitpoll::store::imports::Kind;
use exitpoll::store::{Db, audit, sites};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::binary::{Ended, exitpoll, run};
use crate::support::browser::Browser;
use crate::support::{Backend, Database, TestApp, event, survey};

fn cli(database: &Database, args: &[&str]) -> Ended {
    run(&mut exitpoll(&database.url, args), "")
}

fn make_site(database: &Database) -> String {
    let args = ["site", "create", "Shop", "--origin", "https://shop.example", "--time-zone", "Europe/Berlin"];
    cli(database, &args).ok().trim().to_owned()
}

/// Writes a file and brings it in.
fn import(database: &Database, site: &str, kind: &str, file: &Path, text: &str, more: &[&str]) -> Ended {
    fs::write(file, text).unwrap();
    let args = ["data", "import", kind, file.to_str().unwrap(), "--site", site];
    cli(database, &[&args[..], more].concat())
}

fn export(database: &Database, site: &str, what: &str, more: &[&str]) -> String {
    cli(database, &[&["data", "export", what, "--site", site][..], more].concat()).ok()
}

fn objects(ndjson: &str) -> Vec<Value> {
    ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn owner(app: &TestApp) -> Browser<'_> {
    let password = "correct horse battery";
    run(&mut exitpoll(&app.database.url, &["user", "create", "olga@example.com", "--password-stdin"]), password).ok();
    let mut browser = Browser::new(app);
    assert_eq!(browser.log_in("olga@example.com", password).await.status, StatusCode::SEE_OTHER);
    browser
}

const SHOPIFY_ORDERS: &str = "\u{feff}Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Discount Code,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Notes,Cancelled at,Refunded Amount,Id
#1001,mia@example.com,paid,2025-05-01 10:00:00 +0200,EUR,57.85,57.85,SPRING,2025-05-01 09:59:00 +0200,1,Birch Express,37.90,T-1,Mia Moe,\"Leave it
at the door\",,0.00,'5550001
#1001,mia@example.com,,,,,,,,1,Mouse Rings,19.95,T-2,,,,,
#1002,leo@example.com,refunded,,EUR,12.00,12.00,,2025-05-02 09:59:00 +0200,1,Rattle,12.00,,Leo Loe,,,12.00,5550002
#1003,leo@example.com,voided,,EUR,5.00,5.00,,2025-05-03 09:59:00 +0200,1,Rattle,5.00,,Leo Loe,,2025-05-04 09:59:00 +0200,0.00,5550003
";

const SHOPIFY_CUSTOMERS: &str =
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address City,Phone,Total Spent,Total Orders,Tags
'77,Mia,Moe,Mia@Example.com,yes,Linz,'+43123,57.85,1,\"vip, early\"
'78,Leo,Loe,leo@example.com,no,,,0.00,2,
";

crate::on_both_empty! {
    async fn what_shops_export_is_recognised(database: Database) {
        let (site, dir) = (make_site(&database), tempfile::tempdir().unwrap());
        let done = import(&database, &site, "orders", &dir.path().join("orders.csv"), SHOPIFY_ORDERS, &[]);
        assert!(done.err.contains("These are Shopify’s orders.") && done.err.contains("Not read: Paid at, Subtotal, Notes."), "{}", done.err);
        assert_eq!(done.ok(), "orders.csv: brought in: 4 rows.\n");
        import(&database, &site, "customers", &dir.path().join("people.csv"), SHOPIFY_CUSTOMERS, &[]).ok();
        let orders = objects(&export(&database, &site, "orders", &[]));
        let facts: Vec<_> = orders.iter().map(|o| (o["id"].as_str().unwrap(), &o["value"], &o["refunded"], &o["status"])).collect();
        assert_eq!(facts, [
            ("5550001", &json!(5785), &json!(0), &json!("placed")),
            ("5550002", &json!(1200), &json!(1200), &json!("refunded")),
            ("5550003", &json!(500), &json!(500), &json!("cancelled")),
        ]);
        assert_eq!(orders[0]["items"], json!([
            {"id": "T-1", "name": "Birch Express", "quantity": 1, "price": 3790},
            {"id": "T-2", "name": "Mouse Rings", "quantity": 1, "price": 1995}]));
        assert_eq!((&orders[0]["number"], &orders[0]["at"], &orders[0]["coupon"]), (&json!("#1001"), &json!("2025-05-01T07:59:00Z"), &json!("SPRING")));
        let people = objects(&export(&database, &site, "customers", &[]));
        let facts: Vec<_> = people.iter().map(|p| json!([p["id"], p["email"], p["name"], p["orders"], p["spent"], p["consent"], p["attributes"]])).collect();
        assert_eq!(facts, [
            json!(["77", "mia@example.com", "Mia Moe", 1, 5785, true, {"tags": "vip, early", "city": "Linz"}]),
            json!(["78", "leo@example.com", "Leo Loe", 2, 0, false, {}]),
        ], "orders and people found each other");
    }
}

#[tokio::test]
async fn woocommerce_and_klaviyo_are_recognised_too() {
    let (database, dir) = (Database::create(Backend::Sqlite).await, tempfile::tempdir().unwrap());
    let site = make_site(&database);
    for (kind, text, says) in [
        (
            "orders",
            "order_id,order_number,order_date,status,order_total,order_currency,customer_id,billing_email,billing_first_name\n11,A-11,2025-06-01 10:00:00,completed,19.90,EUR,0,ann@example.com,Ann\n",
            "Customer/Order/Coupon",
        ),
        (
            "orders",
            "Order Number,Order Status,Order Date,Email (Billing),Order Total Amount,Item Name,Quantity (- Refund),Item Cost\n12,Processing,2025-06-02 10:00,ann@example.com,30.00,Bear,1,10\n12,,,,,Moon,2,10\n",
            "Advanced Order Export",
        ),
        (
            "customers",
            "Name,Username,Last active,Sign up,Email,Orders,Country / Region\nBob Boe,bob,2025-06-02,2025-01-02,bob@example.com,1,AT\n",
            "Analytics",
        ),
        (
            "customers",
            "Email;Klaviyo ID;First Name;Email Marketing Consent;Email Suppressions\ncat@example.com;01H;Cat;SUBSCRIBED;\ndan@example.com;02H;Dan;SUBSCRIBED;['HARD_BOUNCE']\neve@example.com;03H;Eve;NEVER_SUBSCRIBED;\n",
            "Klaviyo",
        ),
    ] {
        let done = import(&database, &site, kind, &dir.path().join("file.csv"), text, &[]);
        assert!(done.err.contains(says), "{}", done.err);
        assert!(!done.ok().contains("refused"));
    }
    let orders = objects(&export(&database, &site, "orders", &[]));
    assert_eq!(
        orders.iter().map(|o| (&o["value"], &o["at"])).collect::<Vec<_>>(),
        [(&json!(1990), &json!("2025-06-01T08:00:00Z")), (&json!(3000), &json!("2025-06-02T08:00:00Z"))],
        "in the store's time zone"
    );
    assert_eq!(orders[1]["items"][1], json!({"id": "Moon", "name": "Moon", "quantity": 2, "price": 1000}));
    let people = objects(&export(&database, &site, "customers", &[]));
    let said: Vec<_> = people.iter().map(|p| (p["email"].as_str().unwrap().split('@').next().unwrap(), &p["consent"])).collect();
    assert_eq!(
        said,
        [("ann", &Value::Null), ("bob", &Value::Null), ("cat", &json!(true)), ("dan", &json!(false)), ("eve", &Value::Null)]
    );
}

crate::on_both_empty! {
    async fn bad_rows_are_told_and_the_good_ones_go_in(database: Database) {
        let (site, dir) = (make_site(&database), tempfile::tempdir().unwrap());
        let file = dir.path().join("people.csv");
        let text = "Mail,Name,consent,joined\nmia@example.com,Mia,yes,2025-01-01\nnobody,\"=cmd, x\",yes,2025-01-01\n\nleo@example.com,Leo,maybe,2025-01-01\nann@example.com,Ann,no,01/02/2025\n";
        let map = ["--map", "email=Mail", "--map", "created_at=joined"];
        let dry = import(&database, &site, "customers", &file, text, &[&map[..], &["--dry-run"]].concat());
        assert_eq!(dry.ok(), "people.csv: read, nothing was stored: 4 rows, 3 of them refused.\n");
        assert_eq!(export(&database, &site, "customers", &[]), "");
        let done = import(&database, &site, "customers", &file, text, &map);
        assert!(done.err.contains("line 3: email: is not a mail address") && done.err.contains("people.csv.rejected.csv"), "{}", done.err);
        assert_eq!(done.ok(), "people.csv: brought in: 4 rows, 3 of them refused.\n");
        let rejected = fs::read_to_string(dir.path().join("people.csv.rejected.csv")).unwrap();
        let lines: Vec<_> = rejected.lines().collect();
        assert_eq!(lines[0], "line,field,reason,Mail,Name,consent,joined");
        assert_eq!(lines[1], "3,email,is not a mail address,nobody,\"'=cmd, x\",yes,2025-01-01", "no spreadsheet runs it");
        assert!(lines[2].starts_with("5,consent,") && lines[3].starts_with("6,created_at,"), "{rejected}");

        let mended = rejected.replace("nobody", "zoe@example.com").replace("maybe", "no").replace("01/02/2025", "2025-02-01");
        let done = import(&database, &site, "customers", &dir.path().join("mended.csv"), &mended, &map).ok();
        assert_eq!(done, "mended.csv: brought in: 3 rows.\n");
        let people = objects(&export(&database, &site, "customers", &[]));
        let names: Vec<_> = people.iter().map(|p| p["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Mia", "=cmd, x", "Leo", "Ann"]);

        for (args, word) in [
            (vec!["--map", "email=Male"], "did you mean \"Mail\"?"),
            (vec!["--map", "emial=Mail"], "did you mean \"email\"?"),
            (vec![], "no column is known to hold an e-mail address"),
            (vec!["--map", "email"], "FIELD=COLUMN"),
        ] {
            let refused = import(&database, &site, "customers", &file, text, &args);
            assert!(refused.code != Some(0) && refused.err.contains(word), "{}", refused.err);
        }
    }
}

crate::on_both_empty! {
    async fn an_import_goes_on_where_it_stopped(database: Database) {
        let (key, dir) = (make_site(&database), tempfile::tempdir().unwrap());
        let row = |n: usize| if n == 100 { "bad,\n".to_owned() } else { format!("p{n}@example.com,P{n}\n") };
        let text = format!("email,name\n{}", (0..600).map(row).collect::<String>());
        // A process that dies after its first batch.
        let db = Db::open(&database.url).await.unwrap();
        let site = sites::by_key(&db, &key).await.unwrap().unwrap();
        let (now, digest) = (Clock::system().now(), fingerprint(&[], text.as_bytes()).unwrap());
        let known = begin(&db, &site, Kind::Customers, "people.csv", Some(digest), "cli", now).await.unwrap();
        let records = Records::open(Box::new(Cursor::new(text.clone().into_bytes())), Format::Csv, Kind::Customers, &[]).unwrap();
        let mut importer = Importer::new(site, records, known, false).unwrap();
        let step = importer.next(&db, now).await.unwrap().unwrap();
        importer.keep(&db, &step, now).await.unwrap();
        // And after another one that it stored, but did not note.
        importer.next(&db, now).await.unwrap().unwrap();
        drop(importer);

        let file = dir.path().join("people.csv");
        let done = import(&database, &key, "customers", &file, &text, &[]);
        assert!(done.err.contains("Going on after 250 rows."), "{}", done.err);
        assert_eq!(done.ok(), "people.csv: brought in: 600 rows, 1 of them refused.\n");
        assert_eq!(objects(&export(&database, &key, "customers", &[])).len(), 599);
        let again = import(&database, &key, "customers", &file, &text, &[]).ok();
        assert!(again.contains("was brought in before: 600 rows, 1 of them refused. Nothing to do"), "{again}");
        let forced = import(&database, &key, "customers", &file, &text, &["--again"]).ok();
        assert_eq!(forced, "people.csv: brought in: 600 rows, 1 of them refused.\n");
        assert_eq!(objects(&export(&database, &key, "customers", &[])).len(), 599, "twice changes nothing");
        let log = audit::recent(&db, sites::by_key(&db, &key).await.unwrap().unwrap().id, 10).await.unwrap();
        assert!(log.iter().any(|entry| entry.action == "data.import" && entry.subject.contains("600 rows")));
        assert!(log.iter().any(|entry| entry.action == "data.export" && entry.subject == "customers"));
        db.close().await;
    }
}

/// Without what is new by nature.
fn comparable(ndjson: &str) -> Vec<Value> {
    let mut found = objects(ndjson);
    for object in &mut found {
        for own in ["customer", "created_at", "updated_at"] {
            object.as_object_mut().unwrap().remove(own);
        }
    }
    found
}

crate::on_both_empty! {
    async fn what_was_taken_out_of_one_store_goes_into_another(database: Database) {
        let (from, dir) = (make_site(&database), tempfile::tempdir().unwrap());
        import(&database, &from, "orders", &dir.path().join("orders.csv"), SHOPIFY_ORDERS, &[]).ok();
        import(&database, &from, "customers", &dir.path().join("people.csv"), SHOPIFY_CUSTOMERS, &[]).ok();
        let more = json!({"id": "=1+1", "email": "zoe@example.com", "name": "@Zoë; \"Zo\"", "locale": "de-AT", "time_zone": "Europe/Vienna",
            "consent": true, "consent_at": "2025-01-01T00:00:00Z", "consent_wording": "News,\nplease".replace('\n', " "), "attributes": {"n": 1, "list": ["a"]}});
        import(&database, &from, "customers", &dir.path().join("more.ndjson"), &more.to_string(), &[]).ok();
        let (people, orders) = (export(&database, &from, "customers", &[]), export(&database, &from, "orders", &[]));
        for format in ["ndjson", "csv"] {
            let to = make_site(&database);
            for what in ["customers", "orders"] {
                let file = dir.path().join(format!("{to}.{what}.{format}"));
                let text = export(&database, &from, what, &["--format", format]);
                let done = import(&database, &to, what, &file, &text, &[]);
                assert!(!done.err.contains("refused"), "{}", done.err);
                done.ok();
            }
            assert_eq!(comparable(&export(&database, &to, "customers", &[])), comparable(&people), "{format}");
            assert_eq!(comparable(&export(&database, &to, "orders", &[])), comparable(&orders), "{format}");
        }
        let late = export(&database, &from, "orders", &["--since", "2025-05-02", "--until", "2025-05-03T00:00:00Z"]);
        assert_eq!(objects(&late).iter().map(|o| &o["id"]).collect::<Vec<_>>(), ["5550002"]);
        let rest = cli(&database, &["data", "export", "orders", "--site", &from, "--after", "5550002"]);
        assert!(rest.err.contains("--after 5550003"), "{}", rest.err);
        assert_eq!(objects(&rest.ok()).len(), 1);
        let out = dir.path().join("out.csv");
        let args = ["data", "export", "orders", "--site", &from, "--format", "csv", "-o", out.to_str().unwrap()];
        cli(&database, &args).ok();
        let whole = fs::read_to_string(&out).unwrap();
        let cut = whole.find("5550002").unwrap();
        fs::write(&out, &whole[..cut]).unwrap();
        cli(&database, &[&args[..], &["--after", "5550001"]].concat()).ok();
        assert_eq!(fs::read_to_string(&out).unwrap(), whole, "a file is continued");
        let wrong = cli(&database, &["data", "export", "customers", "--site", &from, "--after", "5550002"]).failed();
        assert!(wrong.contains("--after \"5550002\""), "{wrong}");
    }
}

crate::on_both! {
    async fn what_is_known_of_a_later_day_stays(app: TestApp) {
        let dir = tempfile::tempdir().unwrap();
        let told = json!([event(app.now(), "customer.identified", json!({"customer":
            {"id": "7", "email": "mia@example.com", "name": "Mia New", "consent": {"marketing": false}}}))]);
        app.send("mia", told).await;
        let text = "id,email,name,locale,consent\n7,old@example.com,Mia Old,de,yes\n";
        let database = &app.database;
        import(database, &app.site.key, "customers", &dir.path().join("a.csv"), text, &[]).ok();
        let people = objects(&export(database, &app.site.key, "customers", &[]));
        assert_eq!(people.len(), 1);
        let found = [&people[0]["name"], &people[0]["locale"], &people[0]["consent"]];
        assert_eq!(found, [&json!("Mia New"), &json!("de"), &json!(false)], "gaps are filled, a no stays a no");
    }
}

crate::on_both! {
    async fn responses_come_with_their_words_or_their_keys(app: TestApp) {
        let id = app.publish(survey("s")).await;
        for (visitor, answers) in [
            ("anna", json!({"reason": {"choice": "shipping"}, "score": {"number": 9}, "more": {"text": "=HYPERLINK(\"x\")"}})),
            ("bert", json!({"reason": {"choice": "other", "other": "too, red"}})),
        ] {
            let token = app.offer(visitor, "s").await;
            app.send(visitor, json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": answers}))])).await;
            app.advance(HOUR);
        }
        let (database, key) = (&app.database, app.site.key.as_str());
        let table = export(database, key, "responses", &["--survey", "s", "--format", "csv", "--until", "2027-01-01"]);
        let lines: Vec<_> = table.lines().collect();
        assert!(lines[0].ends_with("order_id,reason: Why?,score: How likely?,more: Anything else?"), "{table}");
        assert!(lines[1].ends_with(",Shipping,9,\"'=HYPERLINK(\"\"x\"\")\""), "{table}");
        assert!(lines[2].ends_with(",\"Other: too, red\",,"), "{table}");
        let all = objects(&export(database, key, "responses", &[]));
        assert_eq!(all[1]["answers"], json!({"reason": {"choice": "other", "other": "too, red"}}));
        assert_eq!((&all[0]["survey"], all.len()), (&json!("s"), 2));
        let none = export(database, key, "responses", &["--since", "2027-01-01"]);
        assert_eq!(none, "");
        let refused = cli(database, &["data", "export", "responses", "--site", key, "--format", "csv"]).failed();
        assert!(refused.contains("--survey"), "{refused}");

        let mut browser = owner(&app).await;
        let path = format!("/admin/{key}/surveys/{id}");
        let page = browser.get(&path).await;
        assert!(page.html.contains("responses.csv?from="), "{}", page.html);
        let csv = browser.get(&format!("{path}/responses.csv?from=2026-11-01&until=2026-11-30")).await;
        assert_eq!((csv.status, csv.html.trim_start_matches('\u{feff}')), (StatusCode::OK, table.as_str()));
        assert!(csv.headers["content-disposition"].to_str().unwrap().contains("s-2026-11-01-2026-11-24.csv"));
        let ndjson = browser.get(&format!("{path}/responses.ndjson?from=2026-11-01&until=2026-11-30")).await;
        assert_eq!(objects(&ndjson.html), all);
        assert_eq!(browser.get("/admin/st_other/surveys/1/responses.csv").await.status, StatusCode::NOT_FOUND);
    }
}

crate::on_both_empty! {
    async fn a_follow_up_goes_to_a_file_and_comes_back_the_same(database: Database) {
        let (site, dir) = (make_site(&database), tempfile::tempdir().unwrap());
        let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let flow = json!({"key": "recover", "name": "Win back", "on": "cart.abandoned",
            "steps": [{"after": "1h", "do": "email", "template": "cart-recovery"}], "re_entry": "30d", "holdout": 0.1});
        fs::write(file("a.json"), flow.to_string()).unwrap();
        assert!(cli(&database, &["flow", "validate", &file("a.json")]).ok().contains("\"recover\" is valid, 1 steps."));
        let import = |name: &str, more: &[&str]| cli(&database, &[&["flow", "import", &file(name), "--site", &site][..], more].concat());
        assert_eq!(import("a.json", &[]).ok(), "\"recover\" was made.\nIt is a draft: add --publish to make it live.\n");
        let export = |name: &str| {
            cli(&database, &["flow", "export", &file(name), "--site", &site, "--key", "recover"]).ok();
            fs::read_to_string(file(name)).unwrap()
        };
        let (json, yaml) = (export("b.json"), export("b.yaml"));
        assert_eq!(import("b.yaml", &[]).ok(), "\"recover\" was saved.\nIt is a draft: add --publish to make it live.\n");
        assert_eq!((export("c.json"), export("c.yml")), (json, yaml));
        let listed = |status: &str, revision: u32| format!("recover\t{status}\trevision {revision}\tWin back\n");
        assert_eq!(cli(&database, &["flow", "list", "--site", &site]).ok(), listed("draft", 0));
        assert!(import("a.json", &["--publish"]).ok().ends_with("Revision 1 is live.\n"));
        assert_eq!(cli(&database, &["flow", "list", "--site", &site]).ok(), listed("live", 1));
        fs::write(file("wrong.json"), json!({"key": "x", "on": "cart.left", "steps": []}).to_string()).unwrap();
        let wrong = cli(&database, &["flow", "validate", &file("wrong.json")]).failed();
        assert!(wrong.contains("problem(s)") && wrong.contains("on: "), "{wrong}");
    }
}

/// A form with a file, as browsers send it.
fn upload(csrf: &str, kind: &str, name: &str, content: &str) -> String {
    let field = |name: &str, value: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let file = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n{content}\r\n--x--\r\n"
    );
    field("csrf", csrf) + &field("kind", kind) + &file
}

crate::on_both! {
    async fn an_owner_uploads_a_file_looks_at_it_and_says_yes(app: TestApp) {
        let mut browser = owner(&app).await;
        let path = format!("/admin/{}/people/import", app.site.key);
        let csrf = browser.get(&path).await.attribute("input[name=csrf]", "value").unwrap();
        assert_eq!(browser.post_file(&path, upload("made-up", "customers", "people.csv", SHOPIFY_CUSTOMERS)).await.status, StatusCode::FORBIDDEN);
        let wrong = browser.post_file(&path, upload(&csrf, "orders", "people.csv", SHOPIFY_CUSTOMERS)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text("#file-fault").contains("No column is known to hold an order's id"), "{}", wrong.html);

        let text = format!("{SHOPIFY_CUSTOMERS}'79,<b>Bad</b>,,no address,yes,,,0,0,\n");
        let taken = browser.post_file(&path, upload(&csrf, "customers", "people.csv", &text)).await;
        let shown = taken.location.unwrap_or_else(|| panic!("{}", taken.html));
        let preview = browser.get(&shown).await;
        assert!(preview.text("main").contains("These are Shopify’s customers.") && preview.text(".rows").contains("Mia@Example.com"));
        assert!(preview.text(".rows .fault").contains("Line 4 stays out: email is not a mail address."), "{}", preview.html);
        assert_eq!(export(&app.database, &app.site.key, "customers", &[]), "", "nothing goes in before the yes");
        assert_eq!(browser.post(&format!("{shown}/start"), &[]).await.status, StatusCode::FORBIDDEN);
        browser.submit(&shown, &format!("{shown}/start"), &[]).await;
        assert!(browser.get(&shown).await.text("main").contains("0 of 3 rows"));
        app.run_jobs().await;
        let done = browser.get(&shown).await;
        assert!(done.text(".notice").contains("3 rows read, 1 of them stayed out."), "{}", done.html);
        assert!(done.text("main").contains("is not a mail address"));
        assert_eq!(objects(&export(&app.database, &app.site.key, "customers", &[])).len(), 2);
        assert!(browser.get(&path).await.text("tbody").contains("people.csvPeopleDone3"));
        let again = browser.post_file(&path, upload(&csrf, "customers", "people.csv", &text)).await;
        assert_eq!(again.location, Some(shown.clone()), "the same file leads to what became of it");

        let id = shown.rsplit('/').next().unwrap();
        let other = app.another_site("https://other.example").await;
        assert_eq!(browser.get(&format!("/admin/{}/people/import/{id}", other.key)).await.status, StatusCode::NOT_FOUND);
        let second = browser.post_file(&path, upload(&csrf, "customers", "more.csv", "email\nann@example.com\n")).await.location.unwrap();
        browser.submit(&second, &format!("{second}/discard"), &[]).await;
        assert_eq!(browser.get(&second).await.status, StatusCode::NOT_FOUND);
    }
}
