//! `exitpoll doctor`: looks at everything the server depends on and exits non-zero on trouble.

use std::process::ExitCode;
use std::time::Duration;

use crate::clock::{Clock, MINUTE};
use crate::config::{Secret, ServerArgs, sqlite_path};
use crate::domain::webhook::EndpointStatus;
use crate::mail::{Sender, Transport};
use crate::store::{self, Db, deliveries, endpoints, jobs, sites, users};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: ServerArgs,
}

struct Findings {
    trouble: bool,
}

impl Findings {
    fn report(&mut self, what: &str, result: anyhow::Result<String>) {
        match result {
            Ok(text) => println!("ok       {what}: {text}"),
            Err(e) => {
                self.trouble = true;
                println!("TROUBLE  {what}: {e:#}");
            }
        }
    }
}

pub async fn run(url: &str, args: Args) -> anyhow::Result<ExitCode> {
    let mut findings = Findings { trouble: false };
    // Looking must not make one.
    if let Some(file) = sqlite_path(url).filter(|file| !file.exists()) {
        findings.report("database", Err(anyhow::anyhow!("there is none at {}: start the server once", file.display())));
        return Ok(ExitCode::FAILURE);
    }
    let now = Clock::system().now();
    findings.report("secret", secret(&args.server, url));
    match Db::open(url).await {
        Ok(db) => {
            findings.report("database", database(&db).await);
            findings.report("clock", clock(&db, now).await);
            findings.report("queue", queue(&db, now).await);
            findings.report("webhooks", webhooks(&db, now).await);
            findings.report("accounts", accounts(&db).await);
        }
        Err(e) => findings.report("database", Err(e.into())),
    }
    findings.report("public URL", public_url(&args.server.public_url).await);
    findings.report("mail", mail(&args.server).await);
    Ok(if findings.trouble { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn secret(server: &ServerArgs, url: &str) -> anyhow::Result<String> {
    Secret::resolve(server.secret.as_deref(), url)?;
    Ok(if server.secret.is_some() { "given".into() } else { "kept beside the database".into() })
}

async fn database(db: &Db) -> anyhow::Result<String> {
    store::migrate(db).await?;
    // A transaction that can be opened for writing shows that the disk is not read-only.
    db.begin().await?.rollback().await?;
    Ok(format!("{:?}, {} migrations applied", db.dialect(), store::expected_migrations()))
}

async fn clock(db: &Db, now: i64) -> anyhow::Result<String> {
    let theirs = store::clock(db).await?;
    let apart = (theirs - now).abs();
    anyhow::ensure!(apart < MINUTE, "the database's clock and this machine's are {} s apart", apart / 1000);
    Ok(format!("{apart} ms apart from the database's"))
}

async fn queue(db: &Db, now: i64) -> anyhow::Result<String> {
    if let Some(due) = jobs::oldest_due(db, now).await? {
        anyhow::ensure!(now - due < 15 * MINUTE, "a job waits for {} min: is a worker running?", (now - due) / MINUTE);
    }
    let dead: i64 = jobs::counts(db).await?.iter().filter(|(_, state, _)| state == "dead").map(|(_, _, n)| n).sum();
    anyhow::ensure!(dead == 0, "{dead} jobs were given up");
    Ok("moving".into())
}

/// What deliveries say of the endpoints: nobody is called just to see whether they answer.
async fn webhooks(db: &Db, now: i64) -> anyhow::Result<String> {
    let (mut active, mut failing) = (0, Vec::new());
    for site in sites::visible_to(db, None).await? {
        for endpoint in endpoints::list(db, site.id).await?.into_iter().filter(|e| e.status == EndpointStatus::Active) {
            active += 1;
            if endpoint.failing_since.is_some() {
                failing.push(format!("{} of {}", endpoint.key, site.key));
            }
        }
    }
    anyhow::ensure!(failing.is_empty(), "cannot be reached: {}", failing.join(", "));
    if let Some(due) = deliveries::oldest_due(db, now).await? {
        anyhow::ensure!(now - due < 15 * MINUTE, "a delivery waits for {} min: is a worker running?", (now - due) / MINUTE);
    }
    Ok(format!("{active} active, none failing"))
}

async fn accounts(db: &Db) -> anyhow::Result<String> {
    anyhow::ensure!(users::any(db).await?, "nobody can log in: start the server and open the link it prints");
    let sites = sites::visible_to(db, None).await?;
    anyhow::ensure!(!sites.is_empty(), "there is no site: exitpoll site create");
    Ok(format!("{} people, {} sites", users::all(db).await?.len(), sites.len()))
}

/// Greets the mail server and logs in; sends nothing.
async fn mail(server: &ServerArgs) -> anyhow::Result<String> {
    // The keys behind links play no part in it.
    let sender = Sender::new(server.smtp_url.as_deref(), server.mail_from.as_deref(), &server.public_url, b"")?;
    if matches!(sender.transport, Transport::Captured) {
        return Ok("no mail server is set: mails are kept and shown in the admin".into());
    }
    sender.transport.check().await.map_err(|why| anyhow::anyhow!("the mail server: {why}"))?;
    let hint = match aligned(sender.from.domain(), server.public_url.host_str().unwrap_or_default()) {
        true => "",
        false => {
            ", whose domain has nothing in common with the public URL's: filters trust links to the sender's own domain more"
        }
    };
    Ok(format!("the mail server answers; mails are from {}{hint}", sender.from))
}

/// Whether two names end in the same two labels.
fn aligned(one: &str, other: &str) -> bool {
    let end = |name: &str| name.to_ascii_lowercase().rsplit('.').take(2).map(str::to_owned).collect::<Vec<_>>();
    end(one) == end(other)
}

async fn public_url(url: &url::Url) -> anyhow::Result<String> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
    let answer = client.get(url.join("/healthz")?).send().await?;
    anyhow::ensure!(answer.status().is_success(), "{url} answers {}", answer.status());
    Ok(format!("{url} answers"))
}

#[cfg(test)]
mod tests {
    use super::aligned;

    #[test]
    fn names_of_one_owner_end_alike() {
        assert!(aligned("shop.example", "polls.Shop.example") && aligned("mail.shop.example", "polls.shop.example"));
        assert!(!aligned("shop.example", "polls.example") && !aligned("shop.example", "localhost"));
    }
}
