//! The two databases have the same tables, and no key lets one store reach another's rows.

use std::collections::{BTreeMap, BTreeSet};

use exitpoll::store::{self, Db, Dialect, Registered};
use sqlx::{AssertSqlSafe, Executor as _, Row as _, SqlSafeStr as _};

use crate::support::{Backend, Database};

/// Tables of the installation, not of a store.
const INSTALLATION: &[&str] = &["users", "sessions", "meta", "jobs", "job_failures", "sites"];

async fn open(backend: Backend) -> (Db, Database) {
    let database = Database::create(backend).await;
    let db = Db::open(&database.url).await.unwrap();
    store::migrate(&db).await.unwrap();
    (db, database)
}

/// table → column → (kind, may be null)
type Tables = BTreeMap<String, BTreeMap<String, (String, bool)>>;
/// (table, columns in order) of every primary key and unique index.
type Keys = BTreeSet<(String, Vec<String>)>;

async fn sqlite_schema(db: &Db) -> (Tables, Keys) {
    let Db::Sqlite { read, .. } = db else { unreachable!() };
    let (mut tables, mut keys) = (Tables::new(), Keys::new());
    let names = "select name from sqlite_schema where type = 'table' and name not like '\\_sqlx%' escape '\\' and name not like 'sqlite%'";
    for row in sqlx::query(names).fetch_all(read).await.unwrap() {
        let table: String = row.get(0);
        let mut primary = Vec::new();
        for column in sqlx::query("select name, type, \"notnull\", pk from pragma_table_info($1)")
            .bind(&table)
            .fetch_all(read)
            .await
            .unwrap()
        {
            let (name, kind, not_null, pk): (String, String, i64, i64) =
                (column.get(0), column.get(1), column.get(2), column.get(3));
            if pk > 0 {
                primary.push((pk, name.clone()));
            }
            tables.entry(table.clone()).or_default().insert(name, (kind, not_null == 0 && pk == 0));
        }
        primary.sort();
        keys.insert((table.clone(), primary.into_iter().map(|(_, name)| name).collect()));
        for index in
            sqlx::query("select name from pragma_index_list($1) where \"unique\" = 1").bind(&table).fetch_all(read).await.unwrap()
        {
            let name: String = index.get(0);
            let columns =
                sqlx::query("select name from pragma_index_info($1) order by seqno").bind(&name).fetch_all(read).await.unwrap();
            keys.insert((table.clone(), columns.iter().map(|c| c.get(0)).collect()));
        }
    }
    (tables, keys)
}

async fn postgres_schema(db: &Db) -> (Tables, Keys) {
    let Db::Postgres(pool) = db else { unreachable!() };
    let (mut tables, mut keys) = (Tables::new(), Keys::new());
    let columns = "select table_name::text, column_name::text, data_type::text, is_nullable = 'YES'
                   from information_schema.columns where table_schema = 'public' and table_name not like '\\_sqlx%'";
    for row in sqlx::query(columns).fetch_all(pool).await.unwrap() {
        tables.entry(row.get(0)).or_default().insert(row.get(1), (row.get(2), row.get(3)));
    }
    let unique = "select t.relname::text, array(select a.attname::text from unnest(i.indkey) with ordinality k(n, o)
                    join pg_attribute a on a.attrelid = t.oid and a.attnum = k.n order by k.o)
                  from pg_index i join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace
                  where i.indisunique and n.nspname = 'public' and t.relname not like '\\_sqlx%'";
    for row in sqlx::query(unique).fetch_all(pool).await.unwrap() {
        keys.insert((row.get(0), row.get(1)));
    }
    (tables, keys)
}

/// What SQLite calls the types that Postgres has.
fn as_sqlite(kind: &str) -> &str {
    match kind {
        "bigint" | "boolean" => "INTEGER",
        "text" | "jsonb" => "TEXT",
        "uuid" | "bytea" => "BLOB",
        "double precision" => "REAL",
        other => panic!("a type that migrations have no mark for: {other}"),
    }
}

#[tokio::test]
async fn both_databases_have_the_same_schema() {
    let (sqlite, _keep) = open(Backend::Sqlite).await;
    let (postgres, _keep_too) = open(Backend::Postgres).await;
    let (sqlite_tables, sqlite_keys) = sqlite_schema(&sqlite).await;
    let (mut postgres_tables, postgres_keys) = postgres_schema(&postgres).await;
    for (kind, _) in postgres_tables.values_mut().flat_map(|columns| columns.values_mut()) {
        *kind = as_sqlite(kind).to_owned();
    }
    assert_eq!(sqlite_tables, postgres_tables);
    assert_eq!(sqlite_keys, postgres_keys);
    assert!(sqlite_tables.len() > 10, "the schema was read");
}

#[tokio::test]
async fn every_key_of_a_stores_data_begins_with_the_site() {
    let (db, _keep) = open(Backend::Sqlite).await;
    let (_, keys) = sqlite_schema(&db).await;
    for (table, columns) in keys.iter().filter(|(table, _)| !INSTALLATION.contains(&table.as_str())) {
        assert_eq!(columns.first().map(String::as_str), Some("site_id"), "a key of {table}: {columns:?}");
    }
}

#[tokio::test]
async fn migrating_twice_and_at_once_changes_nothing() {
    let database = Database::create(Backend::Postgres).await;
    let (a, b) = (Db::open(&database.url).await.unwrap(), Db::open(&database.url).await.unwrap());
    let (first, second) = tokio::join!(store::migrate(&a), store::migrate(&b));
    first.unwrap();
    second.unwrap();
    store::migrate(&a).await.unwrap();
}

/// Stands in for compile-time checks: a misspelt column or a dialect's speciality fails here.
#[tokio::test]
async fn every_statement_is_understood_by_both_databases() {
    let (sqlite, _keep) = open(Backend::Sqlite).await;
    let (postgres, _keep_too) = open(Backend::Postgres).await;
    let (Db::Sqlite { read, .. }, Db::Postgres(pool)) = (&sqlite, &postgres) else { unreachable!() };
    let mut count = 0;
    for Registered(sql, file) in inventory::iter::<Registered> {
        let lite = AssertSqlSafe(sql.text(Dialect::Sqlite)).into_sql_str();
        read.prepare(lite.clone()).await.unwrap_or_else(|e| panic!("{file}, SQLite: {e}\n{}", lite.as_str()));
        let pg = AssertSqlSafe(sql.text(Dialect::Postgres)).into_sql_str();
        let statement = pool.prepare(pg.clone()).await.unwrap_or_else(|e| panic!("{file}, Postgres: {e}\n{}", pg.as_str()));
        for column in sqlx::Statement::columns(&statement) {
            let kind = sqlx::TypeInfo::name(sqlx::Column::type_info(column)).to_owned();
            assert!(
                !["NUMERIC", "INT4"].contains(&kind.as_str()),
                "{file}: {} is {kind}, cast it\n{}",
                sqlx::Column::name(column),
                pg.as_str()
            );
        }
        count += 1;
    }
    assert!(count > 50, "statements register themselves; {count} did");
}

/// SQLite keeps no statistics here: a plan that is bad on a small table is bad on a large one, and shows itself at once.
#[tokio::test]
async fn no_statement_walks_a_table_that_grows() {
    let (db, _keep) = open(Backend::Sqlite).await;
    let Db::Sqlite { read, .. } = &db else { unreachable!() };
    for Registered(sql, file) in inventory::iter::<Registered> {
        let text = sql.text(Dialect::Sqlite);
        let plan = sqlx::query(AssertSqlSafe(format!("explain query plan {text}"))).fetch_all(read).await.unwrap();
        for step in plan.iter().map(|row| row.get::<String, _>("detail")) {
            let grows = [
                "impressions",
                "responses",
                "answers",
                "rollups",
                "coupon_codes",
                "coupon_claims",
                "deliveries",
                "outbound_events",
                "attempts",
                "jobs",
                "d",
                "i",
                "r",
                "a",
                "c",
                "g",
            ];
            let table = step.split(' ').nth(1).unwrap_or("");
            // `exitpoll doctor` looks at every job there is.
            let counts = text.starts_with("select kind, state, count(*) from jobs");
            let walks = (step.starts_with("SCAN") && !counts) || step.ends_with("(site_id=?)");
            assert!(!(grows.contains(&table) && walks), "{file}: {step}\n{text}");
        }
    }
}

/// Postgres keeps the plan that it makes while a table is empty, when walking a site's few rows looks as good as a look-up.
#[tokio::test]
async fn what_is_sought_by_key_is_found_by_it_from_the_first_row_on() {
    let (db, _keep) = open(Backend::Postgres).await;
    let Db::Postgres(pool) = &db else { unreachable!() };
    let mut connection = pool.acquire().await.unwrap();
    connection.execute("set plan_cache_mode = force_generic_plan").await.unwrap();
    let mut sought = 0;
    for Registered(sql, file) in inventory::iter::<Registered> {
        let text = sql.text(Dialect::Postgres);
        if !text.contains("as sought(") {
            continue;
        }
        let arguments = (1..).take_while(|n| text.contains(&format!("${n}"))).map(|_| "null").collect::<Vec<_>>().join(", ");
        connection.execute(sqlx::raw_sql(AssertSqlSafe(format!("prepare looked as {text}")))).await.unwrap();
        let explain = sqlx::raw_sql(AssertSqlSafe(format!("explain execute looked({arguments})")));
        let plan: Vec<String> = explain.fetch_all(&mut *connection).await.unwrap().iter().map(|row| row.get(0)).collect();
        connection.execute("deallocate looked").await.unwrap();
        let plan = plan.join("\n");
        let mut keys = plan.lines().filter(|line| line.contains("Index Cond")).peekable();
        assert!(keys.peek().is_some() && keys.all(|key| key.contains("= sought")), "{file}: {text}\n{plan}");
        sought += 1;
    }
    assert!(sought >= 2, "{sought} statements seek rows by their keys");
}
