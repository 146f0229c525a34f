-- Mail in the store's hands: its own templates, its keys, and what came back.

-- Nothing ever wrote to the table of this name: its rows would have been one language each, where a template is one document.
drop table templates;

-- A store's own templates. One with a ready-made one's key takes its place.
create table templates (
    site_id    {{int}}  not null references sites (id) on delete cascade,
    key        {{text}} not null,
    document   {{json}} not null,                  -- mail::Template
    created_at {{int}}  not null,
    updated_at {{int}}  not null,
    primary key (site_id, key)
){{strict}};

-- Keys of mail that must be read again, sealed.
create table mail_secrets (
    site_id    {{int}}  not null references sites (id) on delete cascade,
    name       {{text}} not null check (name in ('dkim', 'mailgun', 'sendgrid')),
    sealed     {{blob}} not null,
    updated_at {{int}}  not null,
    primary key (site_id, name)
){{strict}};

-- What came back: bounces, complaints, refusals. Kept for thirty days.
create table feedback (
    site_id    {{int}}  not null references sites (id) on delete cascade,
    id         {{uuid}} not null,
    at         {{int}}  not null,                  -- when it came here
    source     {{text}} not null,                  -- 'smtp', or a word of mail::feedback::Source
    kind       {{text}} not null check (kind in ('hard_bounce', 'soft_bounce', 'blocked', 'complaint', 'unsubscribe', 'confirm')),
    message_id {{uuid}},                           -- the mail it is about, if it names one of ours
    hash       {{blob}},                           -- of that mail's address
    told       {{text}},                           -- the address it names where it names no mail of ours, its name hidden
    detail     {{text}} not null,
    primary key (site_id, id)
){{strict}};

create index feedback_by_time on feedback (site_id, at);
create index feedback_by_kind on feedback (site_id, kind, at);
create index feedback_by_address on feedback (site_id, hash, at) where hash is not null;

-- Calls and events that came already: they come twice.
create table feedback_seen (
    site_id {{int}}  not null references sites (id) on delete cascade,
    digest  {{blob}} not null,
    at      {{int}}  not null,
    primary key (site_id, digest)
){{strict}};

create index feedback_seen_by_time on feedback_seen (site_id, at);

-- The outbox, all of it and by what became of each mail.
create index messages_by_status on messages (site_id, status, created_at);
create index messages_clicked on messages (site_id, created_at) where clicked_at is not null;
