-- Mistakes inside the script, as pages reported them: counted by message, so that a broken page fills no disk.
create table widget_errors (
    site_id {{int}}  not null,
    day     {{int}}  not null,                     -- days since 1970 in the site's zone
    message {{text}} not null,
    n       {{int}}  not null,
    last_at {{int}}  not null,
    place   {{text}},                              -- the script it happened in, last time
    page    {{text}},                              -- address without its query, last time
    primary key (site_id, day, message)
){{rowless}};
