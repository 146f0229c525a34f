//! `/s/{token}`: a survey on a page of ours, for readers of mails and whoever has the link. Works without a script. Looking records
//! nothing, since mail scanners look at every link; what is sent with the button counts.

mod control;
mod page;
mod view;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use crate::boot::App;
use crate::collect::coupon;
use crate::collect::hosted::{Arrival, Host, NoPage, NotRecorded, Place, Visit};
use crate::collect::wire::MAX_BODY;
use crate::domain::answer::Answer;
use crate::domain::answer::form::{self, Fields};
use crate::domain::survey::{Ending, Question};
use crate::store::StoreError;
use crate::web::limits::{Limiter, client};
use page::Message;

/// What a request says of its sender.
struct Asker<'a> {
    accepted: Vec<&'a str>,
    device: &'static str,
    ip: std::net::IpAddr,
}

impl<'a> Asker<'a> {
    fn new(app: &App, peer: SocketAddr, headers: &'a HeaderMap) -> Self {
        let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let device = if text(header::USER_AGENT).contains("Mobi") { "mobile" } else { "desktop" };
        let ip = client(peer, headers, &app.config.trusted_proxies);
        Self { accepted: languages(text(header::ACCEPT_LANGUAGE)), device, ip }
    }

    fn message(&self, message: Message) -> Response {
        page::message(message, &self.accepted)
    }
}

pub async fn show(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let asker = Asker::new(&app, peer, &headers);
    let query = Fields(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect());
    let visit = match open(&app, &asker, &app.limiters.decide, &token, &query).await {
        Ok(visit) => visit,
        Err(message) => return asker.message(message),
    };
    // A click on an answer in a mail: chosen here, and sent by the button.
    let clicked = query.get("q").and_then(|key| visit.edition.survey.question(key)).filter(|_| !visit.completed);
    if let Some(question) = clicked.filter(|question| form::read(question, &query).is_ok_and(|a| a != Answer::Withdrawn)) {
        return view::question(&visit, &app, &token, question, &query, None);
    }
    match visit.resume() {
        Place::Question(question) => draw(&visit, &app, &token, question),
        Place::Ending(ending) => match code(&app, &asker, &visit, ending, false).await {
            Ok(code) => view::ending(&visit, ending, code),
            Err(error) => asker.message(failed(&error)),
        },
    }
}

pub async fn submit(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let asker = Asker::new(&app, peer, &headers);
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return asker.message(Message::new(StatusCode::PAYLOAD_TOO_LARGE, page::Title::Busy));
    };
    let fields = Fields(url::form_urlencoded::parse(&body).into_owned().collect());
    match take(&app, &asker, &token, &fields).await {
        Ok(response) => response,
        Err(message) => asker.message(message),
    }
}

/// One page's answer, and the page that follows.
async fn take(app: &App, asker: &Asker<'_>, token: &str, fields: &Fields) -> Result<Response, Message> {
    let mut visit = open(app, asker, &app.limiters.events, token, fields).await?;
    let asked = fields.get("q").and_then(|key| visit.edition.survey.question(key)).cloned();
    // Whose form it was cannot be told, or it was answered to the end before: nothing is taken.
    let Some(question) = asked.filter(|_| !visit.fresh && !visit.completed) else {
        return Ok(match visit.resume() {
            Place::Question(question) => draw(&visit, app, token, question),
            Place::Ending(ending) => {
                let code = code(app, asker, &visit, ending, false).await.map_err(|e| failed(&e))?;
                view::ending(&visit, ending, code)
            }
        });
    };
    let (host, now) = (host(app), app.clock.now());
    let read = form::read(&question, fields);
    let mut said = Vec::new();
    if let Ok(answer) = &read {
        let known = visit.answers.insert(question.key.clone(), answer.clone());
        if known.unwrap_or(Answer::Withdrawn) != *answer {
            said.push((question.key.clone(), answer.clone()));
        }
    }
    let forward = fields.get("go") != Some("back");
    let done = forward && read.is_ok() && matches!(visit.after(&question.key), Place::Ending(_));
    if done {
        said.extend(visit.astray().into_iter().map(|question| (question, Answer::Withdrawn)));
    }
    visit.record(&host, &said, done, asker.device, now).await.map_err(not_recorded)?;
    if !forward {
        let before = visit.before(&question.key).unwrap_or(&question);
        return Ok(draw(&visit, app, token, before));
    }
    Ok(match (read, visit.after(&question.key)) {
        (Err(fault), _) => view::question(&visit, app, token, &question, fields, Some(fault)),
        (Ok(_), Place::Question(next)) => draw(&visit, app, token, next),
        (Ok(_), Place::Ending(ending)) => {
            let code = code(app, asker, &visit, ending, true).await.map_err(|e| failed(&e))?;
            view::ending(&visit, ending, code)
        }
    })
}

/// A question as it was answered so far.
fn draw(visit: &Visit, app: &App, token: &str, question: &Question) -> Response {
    let given = visit.answers.get(&question.key).map(form::write).unwrap_or_default();
    view::question(visit, app, token, question, &given, None)
}

async fn open(app: &App, asker: &Asker<'_>, limiter: &Limiter, token: &str, fields: &Fields) -> Result<Visit, Message> {
    limiter.check(asker.ip).map_err(|seconds| Message::wait(StatusCode::TOO_MANY_REQUESTS, seconds))?;
    let arrival = Arrival {
        token,
        offer: fields.get("offer"),
        lang: fields.get("lang").filter(|lang| lang.len() <= LONGEST_TAG),
        accepted: &asker.accepted,
        now: app.clock.now(),
    };
    Visit::open(&host(app), &arrival).await.map_err(|e| failed(&e))?.map_err(|no| match no {
        NoPage::Broken => Message::new(StatusCode::NOT_FOUND, page::Title::Broken),
        NoPage::Closed => Message::new(StatusCode::GONE, page::Title::Closed),
    })
}

fn host(app: &App) -> Host<'_> {
    Host { db: &app.db, catalog: &app.catalog, ingest: &app.ingest, keys: &app.keys.collect, link: &app.sender.keys.link }
}

/// The ending's code. Looking gives none that was not given before.
async fn code(
    app: &App,
    asker: &Asker<'_>,
    visit: &Visit,
    ending: Option<&Ending>,
    give: bool,
) -> Result<Option<String>, StoreError> {
    let Some(coupon) = ending.and_then(|ending| ending.coupon.as_ref()) else { return Ok(None) };
    let give = give && app.limiters.coupon.check(asker.ip).is_ok();
    let code = coupon::from_pool(&app.db, &visit.live, &coupon.pool, &visit.offer, give, app.clock.now()).await?;
    Ok(code.ok())
}

fn failed(error: &StoreError) -> Message {
    match error {
        StoreError::Unavailable(error) => tracing::warn!(%error, "database unavailable"),
        error => tracing::error!(%error, cause = ?error, "a hosted survey could not be shown"),
    }
    Message::wait(StatusCode::SERVICE_UNAVAILABLE, RETRY)
}

fn not_recorded(error: NotRecorded) -> Message {
    match error {
        NotRecorded::Store(error) => failed(&error),
        NotRecorded::NotStored(_) => Message::wait(StatusCode::SERVICE_UNAVAILABLE, RETRY),
        NotRecorded::Refused(why) => {
            tracing::error!(why, "a hosted survey's answer was refused");
            Message::new(StatusCode::UNPROCESSABLE_ENTITY, page::Title::Busy)
        }
    }
}

/// Seconds.
const RETRY: u64 = 2;
const LONGEST_TAG: usize = 35;
/// More languages than anybody reads.
const MOST_LANGUAGES: usize = 20;

/// The languages of an `Accept-Language` header, the best first.
fn languages(header: &str) -> Vec<&str> {
    let ranked = header.split(',').filter_map(|part| {
        let (tag, quality) = part.split_once(';').unwrap_or((part, "q=1"));
        let quality: f64 = quality.trim().strip_prefix("q=")?.trim().parse().ok()?;
        let tag = tag.trim();
        ((1..=LONGEST_TAG).contains(&tag.len()) && quality > 0.0).then_some((quality, tag))
    });
    let mut ranked: Vec<_> = ranked.take(MOST_LANGUAGES).collect();
    // Stable: of two that are as good the first stays first.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.into_iter().map(|(_, tag)| tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_come_the_best_first() {
        for (header, expected) in [
            ("de-AT,de;q=0.9,en;q=0.8", vec!["de-AT", "de", "en"]),
            ("en;q=0.2, fr ; q=0.7,*;q=0.1", vec!["fr", "en", "*"]),
            ("de;q=0,en;q=x,fr", vec!["fr"]),
            ("", vec![]),
        ] {
            assert_eq!(languages(header), expected, "{header}");
        }
    }
}
