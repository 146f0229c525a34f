-- What a store's people were told of, and what they still should know. Nothing personal is in it.
create table alerts (
    site_id      {{int}}  not null references sites (id) on delete cascade,
    id           {{uuid}} not null,                -- in order of time
    cause        {{text}} not null,                -- a stable code: 'endpoint.failing'
    subject      {{text}} not null,                -- what it is about: an endpoint's key, a survey's
    severity     {{text}} not null check (severity in ('urgent', 'digest')),
    level        {{int}}  not null,                -- how bad it was at worst since somebody was told
    title        {{text}} not null,
    detail       {{text}} not null,
    path         {{text}} not null,                -- where to look, after /admin/{site}/
    raised_at    {{int}}  not null,
    last_seen_at {{int}}  not null,
    resolved_at  {{int}},
    told_at      {{int}},                          -- last; never, while it was muted
    times        {{int}}  not null,                -- told so far
    muted_until  {{int}},
    mail         {{text}} check (mail in ('urgent', 'digest')),  -- how it is mailed, or was last
    mail_due     {{int}},                          -- waits to be mailed
    mailed_at    {{int}},
    primary key (site_id, id),
    check (mail_due is null or mail is not null)
){{strict}};

create unique index alerts_open on alerts (site_id, cause, subject) where resolved_at is null;
create index alerts_by_cause on alerts (site_id, cause, subject, id);
create index alerts_to_mail on alerts (site_id, mail_due) where mail_due is not null;
create index alerts_mailed on alerts (site_id, mailed_at) where mailed_at is not null;
