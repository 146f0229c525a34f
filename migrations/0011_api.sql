-- The management interface: lists in a lasting order, and first answers for a caller that asks again.

-- Carts in the order in which they were first heard of, which later reports do not change.
drop index carts_by_status;
create index carts_by_status on carts (site_id, status, created_at, token);
create index carts_by_time on carts (site_id, created_at, token);
create index orders_by_time on orders (site_id, at, id);

-- What was answered under an Idempotency-Key.
create table idempotency_keys (
    site_id    {{int}}  not null references sites (id) on delete cascade,
    api_key_id {{int}}  not null,
    key        {{text}} not null,
    request    {{blob}} not null,                  -- SHA-256 of method, path and body
    at         {{int}}  not null,
    status     {{int}},                            -- of HTTP; null while the first request is being worked
    answer     {{blob}},                           -- sealed: it may tell of a person
    primary key (site_id, api_key_id, key),
    check ((status is null) = (answer is null))
){{strict}};

create index idempotency_keys_by_time on idempotency_keys (at);
