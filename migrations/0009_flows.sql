-- Follow-ups: what is sent after something happened, to whom it was sent, and to whom nothing may be sent.

create table flows (
    site_id    {{int}}  not null references sites (id) on delete cascade,
    id         {{int}}  not null,
    key        {{text}} not null,
    name       {{text}} not null,
    status     {{text}} not null check (status in ('draft', 'live', 'paused')),
    draft      {{json}} not null,
    event      {{text}},                           -- what the newest revision begins with: domain::flow::Trigger
    revision   {{int}}  not null,                  -- the newest published revision, 0 before the first
    created_at {{int}}  not null,
    updated_at {{int}}  not null,
    primary key (site_id, id),
    check (status = 'draft' or revision > 0),
    check ((event is null) = (revision = 0))
){{strict}};

create unique index flows_by_key on flows (site_id, key);
create index flows_live on flows (site_id, event) where status = 'live';

create table flow_revisions (
    site_id      {{int}}  not null,
    flow_id      {{int}}  not null,
    number       {{int}}  not null,
    document     {{json}} not null,
    published_at {{int}}  not null,
    published_by {{text}} not null,
    primary key (site_id, flow_id, number),
    foreign key (site_id, flow_id) references flows (site_id, id) on delete cascade
){{strict}};

-- One person on the way through a flow, for one cause.
create table enrollments (
    site_id     {{int}}  not null,
    id          {{uuid}} not null,
    flow_id     {{int}}  not null,
    revision    {{int}}  not null,
    customer_id {{int}}  not null,
    cause       {{text}} not null,                 -- 'cart:<token>@<ms>', 'response:<id>', 'order:<id>'
    subject     {{json}} not null,                 -- cart token, order id, response id: what the steps speak of
    since       {{int}}  not null,                 -- the moment the cause is about: what happened since may end it
    status      {{text}} not null check (status in ('running', 'finished', 'stopped', 'withheld')),
    step        {{int}}  not null,                 -- the next step, counted from 0
    due_at      {{int}},                           -- when it falls due
    enrolled_at {{int}}  not null,
    ended_at    {{int}},
    ended_by    {{text}},                          -- why it was stopped: 'order.completed', 'unsubscribed', …
    primary key (site_id, id),
    foreign key (site_id, flow_id) references flows (site_id, id) on delete cascade,
    foreign key (site_id, customer_id) references customers (site_id, id) on delete cascade
){{strict}};

-- The same cause enrols a person once.
create unique index enrollments_by_cause on enrollments (site_id, flow_id, customer_id, cause);
create index enrollments_by_customer on enrollments (site_id, customer_id, id);

-- What became of each step: also of those that were skipped.
create table enrollment_steps (
    site_id       {{int}}  not null,
    enrollment_id {{uuid}} not null,
    step          {{int}}  not null,
    at            {{int}}  not null,
    result        {{text}} not null check (result in ('done', 'skipped', 'failed', 'uncertain')),
    reason        {{text}},                        -- a word of domain::flow for skipped steps
    message_id    {{uuid}},
    primary key (site_id, enrollment_id, step),
    foreign key (site_id, enrollment_id) references enrollments (site_id, id) on delete cascade
){{strict}};

-- Mail. A row exists before the mail is handed over, so that a crash in between is seen.
create table messages (
    site_id       {{int}}  not null references sites (id) on delete cascade,
    id            {{uuid}} not null,               -- its digits are the Message-ID's local part
    customer_id   {{int}},
    enrollment_id {{uuid}},
    step          {{int}},
    template      {{text}} not null,
    recipient     {{text}} not null,
    subject       {{text}} not null,
    status        {{text}} not null check (status in ('sending', 'sent', 'captured', 'failed', 'uncertain', 'bounced', 'complained')),
    detail        {{text}},                        -- what the mail server said
    raw           {{text}},                        -- the whole mail, while captured or wanted for support
    tries         {{int}}  not null,
    created_at    {{int}}  not null,
    sent_at       {{int}},
    clicked_at    {{int}},
    primary key (site_id, id)
){{strict}};

create index messages_by_customer on messages (site_id, customer_id, created_at) where customer_id is not null;
create index messages_by_time on messages (site_id, created_at);
create unique index messages_by_step on messages (site_id, enrollment_id, step) where enrollment_id is not null;

create table templates (
    site_id    {{int}}  not null references sites (id) on delete cascade,
    key        {{text}} not null,
    locale     {{text}} not null,
    subject    {{text}} not null,
    html       {{text}} not null,                  -- HTML, or MJML when it begins with <mjml
    plain      {{text}} not null,                  -- made of the HTML when empty
    updated_at {{int}}  not null,
    primary key (site_id, key, locale)
){{strict}};

-- Addresses that get nothing more. The hash outlives an erasure, the address does not.
create table suppressions (
    site_id    {{int}}  not null references sites (id) on delete cascade,
    hash       {{blob}} not null,                  -- HMAC of the address in lower case
    email      {{text}},
    reason     {{text}} not null check (reason in ('unsubscribed', 'bounced', 'complained', 'erased', 'manual', 'imported')),
    source     {{text}} not null,
    at         {{int}}  not null,
    primary key (site_id, hash)
){{strict}};

-- Orders and persons brought in from files: how far each import has come.
create table imports (
    site_id    {{int}}  not null references sites (id) on delete cascade,
    id         {{int}}  not null,
    kind       {{text}} not null check (kind in ('orders', 'customers')),
    name       {{text}} not null,
    done       {{int}}  not null,
    failed     {{int}}  not null,
    created_at {{int}}  not null,
    updated_at {{int}}  not null,
    primary key (site_id, id)
){{strict}};
