//! `exitpoll migrate`.

use crate::store;

pub async fn run(url: &str) -> anyhow::Result<()> {
    let db = super::open(url).await?;
    println!("The database is up to date: {} migrations.", store::expected_migrations());
    db.close().await;
    Ok(())
}
