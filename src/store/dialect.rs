//! Where the two databases differ, and why. Statements are written once, with these marks:
//!
//! | mark | Postgres | SQLite | why |
//! |---|---|---|---|
//! | `{rows:int uuid}` | `select * from unnest($1::bigint[], $2::uuid[])` | `select * from (values (?, ?), …)` | storing many rows, the fastest way of each |
//! | `{in:1}` | `= any($1::uuid[])` | `in (select unhex(value) from json_each($1))` | SQLite has no arrays; Postgres always uses an index for `any` |
//! | `{by_index:name}` | nothing | `INDEXED BY name` | without statistics SQLite takes the key's order over the right rows |
//! | `{skip_locked}` | `FOR UPDATE SKIP LOCKED` | nothing | SQLite has one writer, nothing to skip |
//! | `{now_ms}` | `clock_timestamp()` in ms | `unixepoch('subsec')` in ms | only to compare clocks |
//! | `{for_update:i}` | `FOR UPDATE OF i` | nothing | the same |

use super::Dialect;

/// Fills in the marks of one statement. An unknown mark is a programming error and panics in the statement test.
/// `rows` is how many rows `{rows:…}` stands for on SQLite.
pub(super) fn expand(sql: &str, dialect: Dialect, rows: usize) -> String {
    let postgres = dialect == Dialect::Postgres;
    let mut out = String::with_capacity(sql.len() + 64);
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once('{') {
        let (mark, after) = after.split_once('}').unwrap_or_else(|| panic!("unclosed mark in {sql}"));
        out.push_str(before);
        let (name, arg) = mark.split_once(':').unwrap_or((mark, ""));
        out.push_str(&match (name, postgres) {
            ("rows", true) => format!("select * from unnest({})", arrays(arg)),
            ("rows", false) => {
                let row = format!("({})", vec!["?"; arg.split(' ').count()].join(", "));
                // The first column is the site's id: NULL where there is no row. The condition also keeps SQLite's parser from
                // taking `on conflict` for a join's.
                format!("select * from (values {}) where column1 is not null", vec![row; rows].join(", "))
            }
            ("in", true) => format!("= any(${arg}::uuid[])"),
            ("in", false) => format!("in (select unhex(value) from json_each(${arg}))"),
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
    out
}

fn arrays(types: &str) -> String {
    let array = |(n, kind): (usize, &str)| {
        let kind = match kind {
            "int" => "bigint",
            "text" | "uuid" | "bool" => kind,
            _ => panic!("no type {kind:?} in {{rows:{types}}}"),
        };
        format!("${}::{kind}[]", n + 1)
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
        let sql = "select 1 from t {by_index:t_by_a} where id {in:2} {skip_locked}";
        assert_eq!(
            expand(sql, Dialect::Sqlite, 1),
            "select 1 from t INDEXED BY t_by_a where id in (select unhex(value) from json_each($2)) "
        );
        assert_eq!(expand(sql, Dialect::Postgres, 1), "select 1 from t  where id = any($2::uuid[]) FOR UPDATE SKIP LOCKED");
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
    #[should_panic(expected = "unknown mark")]
    fn an_unknown_mark_is_refused() {
        expand("select {nonsense}", Dialect::Sqlite, 1);
    }
}
