//! Where the two databases differ, and why. Statements are written once, with these marks:
//!
//! | mark | Postgres | SQLite | why |
//! |---|---|---|---|
//! | `{rows:int uuid}` | `select * from unnest($1::bigint[], $2::uuid[])` | `select * from (values (?, ?), …)` | storing many rows, the fastest way of each |
//! | `{look_up:t k 2}` | `unnest($2::uuid[]) … lateral (select * from t where site_id = $1 and k = …)` | `json_each($2) … cross join t` | rows by a key in a set, `sought.k`. Planned on an empty table, `= any($2)` walks the site. The statement says again which rows those are, for SQLite |
//! | `{by_index:name}` | nothing | `INDEXED BY name` | without statistics SQLite takes the key's order over the right rows |
//! | `{skip_locked}` | `FOR UPDATE SKIP LOCKED` | nothing | SQLite has one writer, nothing to skip |
//! | `{now_ms}` | `clock_timestamp()` in ms | `unixepoch('subsec')` in ms | only to compare clocks |
//! | `{for_update:i}` | `FOR UPDATE OF i` | nothing | the same |
//! | `limit $3` | the same | `limit $3 + 0` | SQLite plans a bare limit's value, and so prepares the statement anew each time it is bound |

use super::Dialect;

/// Fills in the marks of one statement. An unknown mark is a programming error and panics in the statement test.
/// `rows` is how many rows `{rows:…}` stands for on SQLite.
pub(super) fn expand(sql: &str, dialect: Dialect, rows: usize) -> String {
    expand_from(sql, dialect, rows, 1)
}

/// The same with `first` for the number of the first array of `{rows:…}`: a statement that runs with others shares their arguments.
fn expand_from(sql: &str, dialect: Dialect, rows: usize, first: usize) -> String {
    let postgres = dialect == Dialect::Postgres;
    let mut out = String::with_capacity(sql.len() + 64);
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once('{') {
        let (mark, after) = after.split_once('}').unwrap_or_else(|| panic!("unclosed mark in {sql}"));
        out.push_str(before);
        let (name, arg) = mark.split_once(':').unwrap_or((mark, ""));
        out.push_str(&match (name, postgres) {
            ("rows", true) => format!("select * from unnest({})", arrays(arg, first)),
            ("rows", false) => {
                let row = format!("({})", vec!["?"; arg.split(' ').count()].join(", "));
                // The first column is the site's id: NULL where there is no row. The condition also keeps SQLite's parser from
                // taking `on conflict` for a join's.
                format!("select * from (values {}) where column1 is not null", vec![row; rows].join(", "))
            }
            ("look_up", _) => look_up(arg, dialect),
            ("skip_locked", true) => "FOR UPDATE SKIP LOCKED".into(),
            ("for_update", true) => format!("FOR UPDATE OF {arg}"),
            ("by_index", true) => String::new(),
            ("by_index", false) => format!("INDEXED BY {arg}"),
            ("now_ms", true) => "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)".into(),
            ("now_ms", false) => "cast(unixepoch('subsec') * 1000 as integer)".into(),
            ("skip_locked" | "for_update", false) => String::new(),
            _ => panic!("unknown mark {{{mark}}} in {sql}"),
        });
        rest = after;
    }
    out.push_str(rest);
    match dialect {
        Dialect::Sqlite => unpeeked(&out),
        Dialect::Postgres => out,
    }
}

/// Statements with `{rows:…}`, of as many columns, as one of Postgres'. It answers how many rows were changed in all, and runs them
/// in their order, which is that of the sum.
pub(super) fn together(statements: &[(&str, usize)]) -> String {
    let (mut with, mut counts, mut first) = (Vec::new(), Vec::new(), 1);
    for (n, (sql, width)) in statements.iter().enumerate() {
        with.push(format!("w{n} as ({} returning 1)", expand_from(sql, Dialect::Postgres, 1, first)));
        counts.push(format!("(select count(*) from w{n})"));
        first += width;
    }
    format!("with {} select {}", with.join(", "), counts.join(" + "))
}

/// `table key n`: the table's rows whose key is in the list `$n`, of the site `$1`; the list's own rows are `sought`.
fn look_up(arg: &str, dialect: Dialect) -> String {
    let [table, key, list] = arg.split(' ').collect::<Vec<_>>()[..] else { panic!("not a table, a key and a list: {arg}") };
    match dialect {
        // The offset keeps the look-up apart: without it, it would become a join like any other.
        Dialect::Postgres => format!(
            "unnest(${list}::uuid[]) as sought({key}) \
             cross join lateral (select * from {table} where site_id = $1 and {key} = sought.{key} offset 0)"
        ),
        Dialect::Sqlite => format!("(select unhex(value) as {key} from json_each(${list})) as sought cross join {table}"),
    }
}

/// Limits as sums, whose value SQLite does not look at while it plans.
fn unpeeked(sql: &str) -> String {
    let mut parts = sql.split("limit $");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        out += &format!("limit ${number} + 0{rest}");
    }
    out
}

fn arrays(types: &str, first: usize) -> String {
    let array = |(n, kind): (usize, &str)| {
        let kind = match kind {
            "int" => "bigint",
            "json" => "jsonb",
            "text" | "uuid" | "bool" => kind,
            _ => panic!("no type {kind:?} in {{rows:{types}}}"),
        };
        format!("${}::{kind}[]", n + first)
    };
    types.split(' ').enumerate().map(array).collect::<Vec<_>>().join(", ")
}

/// Fills in the type marks of a migration.
pub(super) fn expand_ddl(sql: &str, dialect: Dialect) -> String {
    let (json, uuid, blob, bool, int, real, strict, rowless) = match dialect {
        // JSON and UUID are no type names of a STRICT table.
        Dialect::Sqlite => ("TEXT", "BLOB", "BLOB", "INTEGER", "INTEGER", "REAL", " STRICT", " STRICT, WITHOUT ROWID"),
        Dialect::Postgres => ("JSONB", "UUID", "BYTEA", "BOOLEAN", "BIGINT", "DOUBLE PRECISION", "", ""),
    };
    // SQLite compares text by bytes; Postgres does only when told so.
    let text = match dialect {
        Dialect::Sqlite => "TEXT",
        Dialect::Postgres => "TEXT COLLATE \"C\"",
    };
    let (json_group, json_array) = match dialect {
        Dialect::Sqlite => ("json_group_array", "json_array"),
        Dialect::Postgres => ("json_agg", "json_build_array"),
    };
    [
        ("{{json_group}}", json_group),
        ("{{json_array}}", json_array),
        ("{{json}}", json),
        ("{{uuid}}", uuid),
        ("{{blob}}", blob),
        ("{{bool}}", bool),
        ("{{int}}", int),
        ("{{real}}", real),
        ("{{text}}", text),
        ("{{strict}}", strict),
        ("{{rowless}}", rowless),
        ("{{false}}", if dialect == Dialect::Sqlite { "0" } else { "FALSE" }),
    ]
    .iter()
    .fold(sql.to_owned(), |sql, (mark, with)| sql.replace(mark, with))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_filled_in() {
        let sql = "select 1 from t {by_index:t_by_a} where id = $2 {skip_locked}";
        assert_eq!(expand(sql, Dialect::Sqlite, 1), "select 1 from t INDEXED BY t_by_a where id = $2 ");
        assert_eq!(expand(sql, Dialect::Postgres, 1), "select 1 from t  where id = $2 FOR UPDATE SKIP LOCKED");
    }

    #[test]
    fn rows_take_the_fastest_way_of_each() {
        let sql = "insert into t (a, b) {rows:int uuid} on conflict do nothing";
        assert_eq!(
            expand(sql, Dialect::Sqlite, 2),
            "insert into t (a, b) select * from (values (?, ?), (?, ?)) where column1 is not null on conflict do nothing"
        );
        assert_eq!(
            expand(sql, Dialect::Postgres, 2),
            "insert into t (a, b) select * from unnest($1::bigint[], $2::uuid[]) on conflict do nothing"
        );
    }

    #[test]
    fn statements_that_run_together_share_their_arguments() {
        let statements = [("insert into t (a, b) {rows:int uuid}", 2), ("insert into u (a) {rows:json}", 1)];
        assert_eq!(
            together(&statements),
            "with w0 as (insert into t (a, b) select * from unnest($1::bigint[], $2::uuid[]) returning 1), \
             w1 as (insert into u (a) select * from unnest($3::jsonb[]) returning 1) \
             select (select count(*) from w0) + (select count(*) from w1)"
        );
    }

    #[test]
    fn rows_are_looked_up_one_by_one() {
        let sql = "select t.a from {look_up:t id 2} t where t.site_id = $1 and t.id = sought.id {for_update:t}";
        assert_eq!(
            expand(sql, Dialect::Sqlite, 1),
            "select t.a from (select unhex(value) as id from json_each($2)) as sought cross join t t \
             where t.site_id = $1 and t.id = sought.id "
        );
        assert_eq!(
            expand(sql, Dialect::Postgres, 1),
            "select t.a from unnest($2::uuid[]) as sought(id) \
             cross join lateral (select * from t where site_id = $1 and id = sought.id offset 0) t \
             where t.site_id = $1 and t.id = sought.id FOR UPDATE OF t"
        );
    }

    #[test]
    fn no_limit_is_planned_by_its_value() {
        let sql = "select a from (select a from t limit $2) t limit $13";
        assert_eq!(expand(sql, Dialect::Sqlite, 1), "select a from (select a from t limit $2 + 0) t limit $13 + 0");
        assert_eq!(expand(sql, Dialect::Postgres, 1), sql);
    }

    #[test]
    #[should_panic(expected = "unknown mark")]
    fn an_unknown_mark_is_refused() {
        expand("select {nonsense}", Dialect::Sqlite, 1);
    }
}
