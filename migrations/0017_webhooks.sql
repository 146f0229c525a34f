-- Other services that are told what happened: where they are, what they are told, and what became of each try.

create table endpoints (
    site_id          {{int}}  not null references sites (id) on delete cascade,
    id               {{int}}  not null,
    key              {{text}} not null,            -- follow-ups name it
    name             {{text}} not null,
    url              {{text}} not null,
    events           {{json}} not null,            -- ["cart.abandoned", …]
    status           {{text}} not null check (status in ('active', 'paused', 'disabled')),
    reason           {{text}},                     -- why it was switched off for the owner: 'gone', 'failing'
    secret           {{blob}} not null,            -- sealed
    old_secret       {{blob}},                     -- signs as well, until the receiver has changed over
    old_secret_until {{int}},
    headers          {{blob}},                     -- of the owner's own, sealed
    failing_since    {{int}},                      -- first failed try since the last that worked
    delivered_at     {{int}},
    failed_at        {{int}},
    created_at       {{int}}  not null,
    updated_at       {{int}}  not null,
    primary key (site_id, id),
    check ((old_secret is null) = (old_secret_until is null)),
    check (reason is null or status = 'disabled')
){{strict}};

create unique index endpoints_by_key on endpoints (site_id, key);

-- What happened, once for all who are told of it. Written in the transaction of its cause.
create table outbound_events (
    site_id     {{int}}  not null references sites (id) on delete cascade,
    id          {{uuid}} not null,                 -- webhook-id is made of it
    type        {{text}} not null,
    at          {{int}}  not null,
    subject     {{text}} not null,                 -- what it is about: outbound::Event, as JSON
    customer_id {{int}},
    visitor     {{uuid}},
    body        {{text}},                          -- made at the first try, the same at each
    primary key (site_id, id)
){{strict}};

create index outbound_events_by_customer on outbound_events (site_id, customer_id) where customer_id is not null;
create index outbound_events_by_visitor on outbound_events (site_id, visitor) where visitor is not null;

-- One event for one endpoint. The table is its own queue: endpoints wait for none but themselves.
create table deliveries (
    site_id      {{int}}  not null,
    endpoint_id  {{int}}  not null,
    event_id     {{uuid}} not null,
    type         {{text}} not null,                -- the event's
    state        {{text}} not null check (state in ('waiting', 'sending', 'delivered', 'dead')),
    due_at       {{int}}  not null,
    tries        {{int}}  not null,                -- since it was last begun; what the schedule counts
    attempts     {{int}}  not null,                -- in all
    reason       {{text}},                         -- why it is dead
    lease        {{uuid}},
    leased_until {{int}},
    primary key (site_id, endpoint_id, event_id),
    foreign key (site_id, endpoint_id) references endpoints (site_id, id) on delete cascade,
    foreign key (site_id, event_id) references outbound_events (site_id, id) on delete cascade,
    check ((state = 'sending') = (lease is not null)),
    check ((lease is null) = (leased_until is null))
){{strict}};

create index deliveries_due on deliveries (site_id, endpoint_id, due_at) where state = 'waiting';
create index deliveries_leased on deliveries (leased_until) where state = 'sending';
create index deliveries_by_state on deliveries (site_id, endpoint_id, state, event_id);
create index deliveries_by_event on deliveries (site_id, event_id);

create table attempts (
    site_id     {{int}}  not null,
    endpoint_id {{int}}  not null,
    event_id    {{uuid}} not null,
    number      {{int}}  not null,                 -- from 1
    at          {{int}}  not null,
    ms          {{int}}  not null,                 -- until the answer, or until it was given up
    status      {{int}},                           -- of HTTP
    error       {{text}},                          -- a word of domain::webhook::Failure where there was no answer
    answer      {{text}},                          -- the first 4 KB
    primary key (site_id, endpoint_id, event_id, number),
    foreign key (site_id, endpoint_id, event_id) references deliveries (site_id, endpoint_id, event_id) on delete cascade
){{strict}};
