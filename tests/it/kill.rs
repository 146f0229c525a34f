//! `kill -9` while shoppers answer: what was acknowledged is there, once.

use std::collections::BTreeSet;

use exitpoll::id::secret;
use exitpoll::store::Db;
use reqwest::StatusCode;

use crate::support::binary::Server;
use crate::support::shop::{Shop, TRUST, Visit};
use crate::support::{Database, number};

/// A kill comes after this many answers at least, and at some moment within as many more.
const FEWEST: usize = 20;

fn words(visits: &[Visit]) -> BTreeSet<String> {
    visits.iter().map(|visit| visit.said.clone()).collect()
}

crate::on_both_empty! {
    async fn what_was_acknowledged_survives_and_the_rest_can_be_sent_again(database: Database) {
        let shop = Shop::open(&database).await;
        let mut server = Server::serve(&database.url, &TRUST);
        let mut everything = BTreeSet::new();
        for round in 0..number("KILL_ROUNDS", 3) {
            let mut outcomes = shop.crowd(&server.base);
            let enough = FEWEST + usize::from(secret(1).as_bytes()[0]) % FEWEST;
            let (mut acknowledged, mut unsure) = (Vec::new(), Vec::new());
            let mut running = Some(server);
            while let Some((visit, status)) = outcomes.recv().await {
                match status {
                    Some(StatusCode::ACCEPTED) => acknowledged.push(visit),
                    Some(other) => panic!("round {round}: {other}"),
                    None => unsure.push(visit),
                }
                if acknowledged.len() == enough && let Some(server) = running.take() {
                    server.kill();
                }
            }
            server = Server::serve(&database.url, &TRUST);
            let db = Db::open(&database.url).await.unwrap();

            let stored = shop.stored(&db).await;
            let (sure, sent) = (words(&acknowledged), words(&unsure));
            everything.extend(sure);
            assert!(stored.is_superset(&everything), "round {round}: lost {:?}", everything.difference(&stored));
            everything.extend(sent);
            assert!(stored.is_subset(&everything), "round {round}: nobody said {:?}", stored.difference(&everything));

            // A page that got no answer sends again; one that did may, too.
            for visit in unsure.iter().chain(acknowledged.iter().take(5)) {
                assert_eq!(shop.send(&server.base, visit).await, Some(StatusCode::ACCEPTED));
            }
            assert_eq!(shop.stored(&db).await, everything, "round {round}");
            db.close().await;
        }
    }
}
