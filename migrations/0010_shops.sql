-- What shops tell: what came of each delivery, what was paid back, and requests about a person's data.

-- While a shop changes its secret, the old one is accepted until then.
alter table shops add column old_until {{int}};

-- No delivery was stored so far.
drop table hook_deliveries;
create table hook_deliveries (
    site_id     {{int}}  not null references sites (id) on delete cascade,
    source      {{text}} not null check (source in ('shopify', 'woocommerce')),
    delivery_id {{text}} not null,
    topic       {{text}} not null,
    at          {{int}}  not null,
    outcome     {{text}} not null check (outcome in ('taken', 'ignored', 'refused')),
    detail      {{text}},                          -- why it was ignored or refused
    primary key (site_id, source, delivery_id)
){{strict}};

create index hook_deliveries_by_time on hook_deliveries (site_id, at);

-- Each refund by the shop's id: some hooks tell of one, others of all of an order, and they may come before the order.
create table refunds (
    site_id  {{int}}  not null references sites (id) on delete cascade,
    order_id {{text}} not null,
    id       {{text}} not null,
    amount   {{int}}  not null check (amount >= 0),
    currency {{text}} not null,
    primary key (site_id, order_id, id)
){{strict}};

-- People who asked the shop for their data; the store's owner answers them.
create table privacy_requests (
    site_id     {{int}}  not null references sites (id) on delete cascade,
    id          {{uuid}} not null,
    source      {{text}} not null,                 -- the shop that passed it on
    reference   {{text}},                          -- the shop's own number of the request
    customer_id {{int}},                           -- whom it is about, if they are known here
    external_id {{text}},                          -- the shop's own id of them
    asked_at    {{int}}  not null,
    due_at      {{int}}  not null,
    done_at     {{int}},
    done_by     {{text}},
    primary key (site_id, id)
){{strict}};

create index privacy_requests_open on privacy_requests (site_id, due_at) where done_at is null;
create index privacy_requests_by_name on privacy_requests (site_id, external_id) where external_id is not null;
create index privacy_requests_by_customer on privacy_requests (site_id, customer_id) where customer_id is not null;
