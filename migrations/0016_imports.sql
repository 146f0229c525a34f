-- Files of orders and people, brought in: how far each has come. Nothing used the table of 0009.

drop table imports;

create table imports (
    site_id    {{int}}  not null references sites (id) on delete cascade,
    id         {{int}}  not null,
    kind       {{text}} not null check (kind in ('orders', 'customers')),
    name       {{text}} not null,                  -- of the file
    digest     {{blob}} not null,                  -- SHA-256 of what the owner mapped and of the content
    columns    {{json}} not null,                  -- field → column, where the owner said so
    status     {{text}} not null check (status in ('waiting', 'running', 'finished')),
    total      {{int}},                            -- rows, where they were counted
    done       {{int}}  not null,                  -- rows dealt with
    failed     {{int}}  not null,                  -- of these, rows refused
    flaws      {{json}} not null,                  -- the first of them: a list of {line, field, reason}
    content    {{blob}},                           -- an uploaded file, until it is finished
    created_by {{text}} not null,
    created_at {{int}}  not null,
    updated_at {{int}}  not null,
    primary key (site_id, id)
){{strict}};

-- The same file, begun again, goes on where it stopped.
create unique index imports_by_file on imports (site_id, kind, name, digest);
create index imports_by_time on imports (updated_at) where content is not null;
