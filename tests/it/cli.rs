//! The command line, as people and scripts use it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use exitpoll::password::verify;
use exitpoll::store::{Db, sessions, users};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::binary::{Ended, SECRET, Server, exitpoll, run};
use crate::support::shop::{Shop, TRUST};
use crate::support::{Backend, Database, survey};

/// Runs a command that reads nothing.
fn cli(database: &Database, args: &[&str]) -> Ended {
    run(&mut exitpoll(&database.url, args), "")
}

fn make_site(database: &Database) -> String {
    let args = ["site", "create", "Shop", "--origin", "https://shop.example", "--time-zone", "Europe/Berlin"];
    cli(database, &args).ok().trim().to_owned()
}

/// The password it made up.
fn made_up(printed: &str) -> &str {
    printed.lines().find_map(|line| line.strip_prefix("Password: ")).unwrap_or_else(|| panic!("no password: {printed}"))
}

async fn opens(database: &Database, email: &str, password: &str) -> bool {
    let db = Db::open(&database.url).await.unwrap();
    let user = users::by_email(&db, email).await.unwrap().unwrap();
    db.close().await;
    verify(password, Some(&user.password_hash)).await.unwrap()
}

crate::on_both_empty! {
    async fn a_database_is_brought_up_to_date_as_often_as_one_likes(database: Database) {
        let first = cli(&database, &["migrate"]).ok();
        assert!(first.starts_with("The database is up to date: "), "{first}");
        assert_eq!(cli(&database, &["migrate"]).ok(), first);
    }
}

crate::on_both_empty! {
    async fn people_can_be_let_in_without_a_browser(database: Database) {
        let create = ["user", "create", "Olga@Example.com", "--name", "Olga", "--password-stdin"];
        let printed = run(&mut exitpoll(&database.url, &create), "correct horse battery\n").ok();
        assert_eq!(printed, "olga@example.com can log in now.\n", "a given password is not shown");
        assert!(opens(&database, "olga@example.com", "correct horse battery").await);

        let site = make_site(&database);
        let printed = cli(&database, &["user", "create", "sam@example.com", "--site", &site]).ok();
        assert!(opens(&database, "sam@example.com", made_up(&printed)).await);
        let listed = cli(&database, &["user", "list"]).ok();
        assert_eq!(listed, "olga@example.com\tOlga\tall sites\nsam@example.com\tsam\tsome sites\n");

        let again = cli(&database, &["user", "create", "olga@example.com"]).failed();
        assert!(again.contains("can log in already") && again.contains("reset-password"), "{again}");
        let lost = cli(&database, &["user", "create", "eve@example.com", "--site", "st_none"]).failed();
        assert!(lost.contains("there is no site st_none"), "{lost}");
        assert_eq!(cli(&database, &["user", "list"]).ok(), listed, "whoever could not be let in whole is not let in");
        let weak = run(&mut exitpoll(&database.url, &["user", "create", "eve@example.com", "--password-stdin"]), "short\n").failed();
        assert!(weak.contains("12 characters"), "{weak}");
        let nobody = cli(&database, &["user", "create", "nobody"]).failed();
        assert!(nobody.contains("not an e-mail address"), "{nobody}");
    }
}

crate::on_both_empty! {
    async fn a_new_password_ends_every_login(database: Database) {
        run(&mut exitpoll(&database.url, &["user", "create", "olga@example.com", "--password-stdin"]), "correct horse battery").ok();
        let db = Db::open(&database.url).await.unwrap();
        let user = users::by_email(&db, "olga@example.com").await.unwrap().unwrap().id;
        let mut tx = db.begin().await.unwrap();
        sessions::insert(&mut tx, b"a login", user, 0).await.unwrap();
        tx.commit().await.unwrap();
        let printed = cli(&database, &["user", "reset-password", "OLGA@example.com"]).ok();
        assert!(printed.starts_with("olga@example.com has a new password; earlier logins have ended.\n"), "{printed}");
        assert!(opens(&database, "olga@example.com", made_up(&printed)).await);
        assert!(sessions::find(&db, b"a login").await.unwrap().is_none());
        db.close().await;

        let given = run(&mut exitpoll(&database.url, &["user", "reset-password", "olga@example.com", "--password-stdin"]), "battery horse correct\r\n").ok();
        assert!(!given.contains("Password"), "{given}");
        assert!(opens(&database, "olga@example.com", "battery horse correct").await);
        let weak = run(&mut exitpoll(&database.url, &["user", "reset-password", "olga@example.com", "--password-stdin"]), "").failed();
        assert!(weak.contains("12 characters"), "{weak}");
        let unknown = cli(&database, &["user", "reset-password", "eve@example.com"]).failed();
        assert!(unknown.contains("nobody is called eve@example.com"), "{unknown}");
    }
}

crate::on_both_empty! {
    async fn sites_are_made_and_listed(database: Database) {
        let made = cli(&database, &["site", "create", "Shop", "--origin", "https://shop.example", "--origin", "https://www.shop.example"]);
        assert!(made.err.contains("data-site=") && made.err.contains("/embed.js"), "the tag is shown, too: {}", made.err);
        let key = made.ok();
        let key = key.trim();
        assert!(key.starts_with("st_") && !key.contains(char::is_whitespace), "a script can use it as it is: {key:?}");
        assert_eq!(cli(&database, &["site", "list"]).ok(), format!("{key}\tShop\thttps://shop.example https://www.shop.example\n"));
        for (wrong, word) in [
            (["--origin", "shop.example", "--currency", "EUR"], "origin"),
            (["--origin", "https://shop.example", "--currency", "euro"], "currency"),
            (["--origin", "https://shop.example", "--time-zone", "Mars/Olympus"], "time zone"),
        ] {
            let err = cli(&database, &[&["site", "create", "Other"][..], &wrong].concat()).failed();
            assert!(err.contains(word), "{err}");
        }
        assert_eq!(cli(&database, &["site", "list"]).ok().lines().count(), 1);
    }
}

/// Texts that one format or the other takes for something else when written carelessly.
const TRICKY: [&str; 12] = [
    "yes",
    "null",
    "~",
    "1e3",
    "0o17",
    "2026-01-01",
    "- a: b # c",
    "it's \"quoted\" \\ {{x}}",
    "two\nlines\n",
    " blanks around ",
    "ünïcödé 🛒 \u{2028}",
    "%tag &anchor *alias",
];

fn tricky_survey() -> Value {
    let mut document = survey("tricky");
    let questions = document["questions"].as_array_mut().unwrap();
    for (n, text) in TRICKY.iter().enumerate() {
        questions.push(json!({"key": format!("q{n}"), "type": "short_text", "prompt": text}));
    }
    document["translations"] = json!({"de": {"questions.reason.prompt": "no"}});
    document["holdout"] = json!(0.1);
    document["targeting"] = json!({"all": [{"field": "cart.value", "op": "gte", "value": 3000}]});
    document
}

crate::on_both_empty! {
    async fn a_survey_goes_to_a_file_and_comes_back_the_same(database: Database) {
        let site = make_site(&database);
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        fs::write(file("a.json"), tricky_survey().to_string()).unwrap();
        assert!(cli(&database, &["survey", "validate", &file("a.json")]).ok().contains("\"tricky\" is valid, 15 questions."));
        let import = |name: &str| cli(&database, &["survey", "import", &file(name), "--site", &site]).ok();
        let export = |name: &str| {
            cli(&database, &["survey", "export", &file(name), "--site", &site, "--key", "tricky"]).ok();
            fs::read_to_string(file(name)).unwrap()
        };
        assert_eq!(import("a.json"), "\"tricky\" was made.\nIt is a draft: add --publish to make it live.\n");
        let (json, yaml) = (export("b.json"), export("b.yaml"));
        let document: Value = serde_json::from_str(&json).unwrap();
        let prompts: Vec<_> = document["questions"].as_array().unwrap().iter().skip(3).map(|q| q["prompt"].as_str().unwrap()).collect();
        assert_eq!(prompts, TRICKY);
        for name in ["b.json", "b.yaml"] {
            assert_eq!(import(name), "\"tricky\" was saved.\nIt is a draft: add --publish to make it live.\n");
            assert_eq!((export("c.json"), export("c.yml")), (json.clone(), yaml.clone()), "by way of {name}");
        }

        let publish = ["survey", "import", "-", "--site", &site, "--publish"];
        for revision in [1, 2] {
            let printed = run(&mut exitpoll(&database.url, &publish), &json).ok();
            assert!(printed.ends_with(&format!("Revision {revision} is live.\n")), "{printed}");
        }
        assert_eq!(cli(&database, &["survey", "export", "-", "--site", &site, "--key", "tricky"]).ok(), json);
    }
}

#[tokio::test]
async fn a_document_is_told_everything_that_is_wrong_with_it() {
    let database = Database::create(Backend::Sqlite).await;
    let site = make_site(&database);
    let dir = tempfile::tempdir().unwrap();
    let mut document = survey("wrong");
    document["questions"][0]["choices"][1]["key"] = json!("shipping");
    document["questions"][1]["type"] = json!("npss");
    document["holdout"] = json!(2);
    document["frequency"] = json!({"show": "often"});
    for (name, text) in [("wrong.json", document.to_string()), ("wrong.yaml", serde_saphyr::to_string(&document).unwrap())] {
        let file = dir.path().join(name).to_str().unwrap().to_owned();
        fs::write(&file, text).unwrap();
        for args in [vec!["survey", "validate", &file], vec!["survey", "import", &file, "--site", &site, "--publish"]] {
            let err = cli(&database, &args).failed();
            assert!(err.contains("4 problem(s)"), "{err}");
            for path in ["questions[0].choices[1].key: ", "questions[1].type: ", "holdout: ", "frequency.show: "] {
                assert!(err.lines().any(|line| line.trim_start().starts_with(path)), "{path} is missing: {err}");
            }
        }
    }
    let gone = cli(&database, &["survey", "export", "-", "--site", &site, "--key", "wrong"]).failed();
    assert!(gone.contains("has no survey \"wrong\""), "nothing of it was saved: {gone}");
}

#[tokio::test]
async fn what_cannot_be_found_or_read_is_named() {
    let database = Database::create(Backend::Sqlite).await;
    let dir = tempfile::tempdir().unwrap();
    let (good, bad) = (dir.path().join("good.json"), dir.path().join("bad.json"));
    fs::write(&good, survey("s").to_string()).unwrap();
    fs::write(&bad, "{\n  \"key\": oops\n}").unwrap();
    let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());
    for args in [
        ["survey", "import", good, "--site", "st_none"].as_slice(),
        &["survey", "export", "-", "--site", "st_none", "--key", "s"],
    ] {
        let err = cli(&database, args).failed();
        assert!(err.contains("there is no site st_none"), "{err}");
    }
    let malformed = cli(&database, &["survey", "validate", bad]).failed();
    assert!(malformed.contains("bad.json") && malformed.contains("line 2 column 10"), "{malformed}");
    let missing = cli(&database, &["survey", "validate", "nowhere.json"]).failed();
    assert!(missing.contains("nowhere.json"), "{missing}");
    let large = run(&mut exitpoll(&database.url, &["survey", "validate", "-"]), &" ".repeat(300 * 1024)).failed();
    assert!(large.contains("256 KiB"), "{large}");
}

#[test]
fn help_names_the_environment_and_keeps_secrets() {
    let everywhere = ["DATABASE_URL", "EXITPOLL_LOG", "EXITPOLL_LOG_FORMAT"];
    let server = ["EXITPOLL_LISTEN", "EXITPOLL_PUBLIC_URL", "EXITPOLL_SECRET", "EXITPOLL_TRUSTED_PROXIES"];
    for (command, more) in [
        ("serve", [&server[..], &["EXITPOLL_ROLES"]].concat()),
        ("doctor", server.to_vec()),
        ("demo", vec!["EXITPOLL_LISTEN"]),
        ("migrate", vec![]),
        ("user create", vec![]),
        ("user list", vec![]),
        ("user reset-password", vec![]),
        ("site create", vec![]),
        ("site list", vec![]),
        ("survey import", vec![]),
        ("survey export", vec![]),
        ("survey validate", vec![]),
        ("", vec![]),
    ] {
        let args: Vec<_> = command.split_whitespace().chain(["--help"]).collect();
        let help = run(&mut exitpoll("postgres://olga:hunter2@db/polls", &args), "").ok();
        for variable in everywhere.iter().chain(&more) {
            assert!(help.contains(&format!("[env: {variable}")), "{command}: {variable} is missing: {help}");
        }
        assert!(!help.contains("hunter2") && !help.contains(SECRET), "{command} --help tells a secret");
    }
}

#[tokio::test]
async fn postgres_needs_a_key_that_all_nodes_share() {
    for command in ["serve", "doctor"] {
        let ended = run(exitpoll("postgres://olga:hunter2@127.0.0.1:1/polls", &[command]).env_remove("EXITPOLL_SECRET"), "");
        assert_eq!(ended.code, Some(1));
        let said = ended.out + &ended.err;
        assert!(said.contains("EXITPOLL_SECRET is needed with Postgres") && said.contains("openssl rand -hex 32"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    let database = Database::create(Backend::Sqlite).await;
    let short = run(exitpoll(&database.url, &["serve"]).env("EXITPOLL_SECRET", "hunter2"), "").failed();
    assert!(short.contains("7 characters") && !short.contains("hunter2"), "{short}");
}

crate::on_both_empty! {
    async fn the_first_start_invites_the_owner_and_no_other_start_does(database: Database) {
        let start = || Server::serve(&database.url, &["--public-url", "https://polls.example"]).terminate();
        let link = |printed: &str| {
            let line = printed.lines().find(|line| line.trim_start().starts_with("https://polls.example/setup/"));
            line.map(|line| line.trim().to_owned())
        };
        let (code, printed) = start();
        assert_eq!(code, Some(0));
        let first = link(&printed).unwrap_or_else(|| panic!("{printed}"));
        assert!(first.len() > 50, "not to be guessed: {first}");
        assert_ne!(link(&start().1).as_ref(), Some(&first), "each link is new, the one before ends");
        cli(&database, &["user", "create", "olga@example.com"]).ok();
        assert_eq!(link(&start().1), None);
    }
}

crate::on_both_empty! {
    async fn the_doctor_finds_what_is_missing(database: Database) {
        let site = make_site(&database);
        let server = Server::serve(&database.url, &[]);
        let examine = |url: &str| cli(&database, &["doctor", "--public-url", url]);
        let nobody = examine(&server.base);
        assert_eq!(nobody.code, Some(1), "nobody can log in");
        assert!(nobody.out.contains("TROUBLE  accounts"), "{}", nobody.out);
        cli(&database, &["user", "create", "olga@example.com", "--site", &site]).ok();
        let well = examine(&server.base);
        assert!(!well.out.contains("TROUBLE") && !well.out.contains(SECRET), "{}", well.out);
        let said = well.ok();
        for what in ["secret", "database", "clock", "queue", "accounts", "public URL"] {
            assert!(said.contains(&format!("ok       {what}: ")), "{said}");
        }
        let base = server.base.clone();
        server.terminate();
        let alone = examine(&base);
        assert_eq!(alone.code, Some(1));
        assert!(alone.out.contains("TROUBLE  public URL: "), "{}", alone.out);
    }
}

#[test]
fn the_doctor_says_that_there_is_no_database() {
    let ended = run(&mut exitpoll("sqlite:///nowhere/at/all.db", &["doctor", "--public-url", "http://127.0.0.1:1"]), "");
    assert_eq!(ended.code, Some(1));
    assert!(ended.out.contains("TROUBLE  database: "), "{ended:?}");
}

crate::on_both_empty! {
    async fn a_server_that_is_told_to_end_stores_what_it_accepted(database: Database) {
        let shop = Shop::open(&database).await;
        let server = Server::serve(&database.url, &TRUST);
        let mut outcomes = shop.crowd(&server.base);
        let (mut acknowledged, mut running) = (Vec::new(), Some(server));
        while let Some((visit, status)) = outcomes.recv().await {
            match status {
                Some(StatusCode::ACCEPTED) => acknowledged.push(visit.said),
                // Too late: the connection was refused, or the answer says that nothing was stored.
                Some(StatusCode::SERVICE_UNAVAILABLE) | None => {}
                Some(other) => panic!("{other}"),
            }
            if acknowledged.len() == 30 && let Some(server) = running.take() {
                let (code, printed) = tokio::task::spawn_blocking(|| server.terminate()).await.unwrap();
                assert_eq!(code, Some(0), "{printed}");
                assert!(printed.contains("stopping: finishing what was accepted"), "{printed}");
            }
        }
        let db = Db::open(&database.url).await.unwrap();
        let stored = shop.stored(&db).await;
        assert!(acknowledged.iter().all(|said| stored.contains(said)), "an answer is lost");
        db.close().await;
    }
}

#[tokio::test]
async fn a_stranger_who_never_finishes_a_request_keeps_no_server_from_ending() {
    let database = Database::create(Backend::Sqlite).await;
    let server = Server::serve(&database.url, &[]);
    let address = server.base.trim_start_matches("http://");
    let mut stranger = TcpStream::connect(address).unwrap();
    stranger.write_all(b"POST /v1/st_none/events HTTP/1.1\r\nhost: ").unwrap();
    // Connections are taken in their order: once this one is answered, the stranger's is open, too.
    let mut other = TcpStream::connect(address).unwrap();
    other.write_all(b"GET /healthz HTTP/1.1\r\nhost: polls\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    other.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(server.terminate().0, Some(0));
}

crate::on_both_empty! {
    async fn keys_are_made_listed_and_revoked(database: Database) {
        let site = make_site(&database);
        let create = |scopes: &[&str]| {
            let mut args = vec!["key", "create", "Till", "--site", &site];
            args.extend(scopes.iter().flat_map(|scope| ["--scope", *scope]));
            cli(&database, &args)
        };
        let made = create(&["write:orders", "read:orders", "write:orders"]).ok();
        let secret = made.trim();
        assert!(secret.starts_with("ep_") && secret.len() == 46, "{made}");
        let list = || cli(&database, &["key", "list", "--site", &site]).ok();
        let listed = list();
        let cells: Vec<&str> = listed.trim().split('\t').collect();
        assert_eq!(&cells[1..], [&format!("{}…", &secret[..7]), "never used", "read:orders write:orders", "Till"]);
        assert!(create(&["write:everything"]).failed().contains("write:coupons"), "what there is, is told");
        let other = make_site(&database);
        let refused = cli(&database, &["key", "revoke", cells[0], "--site", &other]).failed();
        assert!(refused.contains("no key"), "another store's: {refused}");
        assert!(cli(&database, &["key", "revoke", cells[0], "--site", &site]).ok().contains("Till"));
        assert!(list().contains("revoked"));
        cli(&database, &["key", "revoke", cells[0], "--site", &site]).failed();
        assert_eq!(create(&["all"]).ok().trim().len(), 46);
    }
}
