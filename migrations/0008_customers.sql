-- People. A visitor is one browser, known by a hash; a customer is the person behind one or more of them.

create table customers (
    site_id        {{int}}  not null references sites (id) on delete cascade,
    id             {{int}}  not null,
    external_id    {{text}},                       -- the shop's own id
    email          {{text}},                       -- normalised
    email_proof    {{text}},                       -- domain::customer::Proof
    email_at       {{int}},
    name           {{text}},
    locale         {{text}},
    time_zone      {{text}},                       -- IANA name, where the shop knows it
    attributes     {{json}} not null,
    marketing      {{bool}},                       -- said yes or no to marketing mail; null: was never asked
    marketing_at   {{int}},
    orders_only    {{bool}} not null,              -- wants no mail but about orders
    paused_until   {{int}},                        -- no marketing mail before
    orders         {{int}}  not null,
    spent          {{int}}  not null,              -- minor units of the site's currency
    first_order_at {{int}},
    last_order_at  {{int}},
    created_at     {{int}}  not null,
    updated_at     {{int}}  not null,
    primary key (site_id, id),
    check ((email is null) = (email_proof is null) and (email is null) = (email_at is null)),
    check ((marketing is null) = (marketing_at is null))
){{strict}};

create unique index customers_by_email on customers (site_id, email) where email is not null;
create unique index customers_by_external_id on customers (site_id, external_id) where external_id is not null;

-- Whose browser it is, and how we know. A stronger proof replaces a weaker one.
create table visitors (
    site_id     {{int}}  not null,
    visitor     {{uuid}} not null,
    customer_id {{int}}  not null,
    proof       {{text}} not null check (proof in ('claimed', 'answered', 'store', 'ordered')),
    at          {{int}}  not null,
    primary key (site_id, visitor),
    foreign key (site_id, customer_id) references customers (site_id, id) on delete cascade
){{strict}};

create index visitors_by_customer on visitors (site_id, customer_id);

-- Every yes and no to marketing mail, with its proof.
create table consents (
    site_id     {{int}}  not null,
    customer_id {{int}}  not null,
    id          {{uuid}} not null,
    at          {{int}}  not null,
    granted     {{bool}} not null,
    source      {{text}} not null,                 -- 'page', 'survey', 'shopify', 'woocommerce', 'api', 'import', 'link'
    wording     {{text}},                          -- what was agreed to
    page        {{text}},
    primary key (site_id, customer_id, id),
    foreign key (site_id, customer_id) references customers (site_id, id) on delete cascade
){{strict}};

-- Claims of identity are customers now.
drop table identities;

-- Carts and orders come from servers, too: without a browser, with a person.
create table new_carts (
    site_id        {{int}}  not null,
    token          {{text}} not null,
    visitor        {{uuid}},
    customer_id    {{int}},
    checkout_token {{text}},
    value          {{int}}  not null check (value >= 0),
    currency       {{text}} not null,
    items          {{json}} not null,
    checkout_url   {{text}},
    email          {{text}},
    source         {{text}} not null,              -- 'page', 'shopify', 'woocommerce', 'api'
    status         {{text}} not null,              -- follows from life, for looking up
    life           {{json}} not null,              -- domain::cart::Cart: what was heard of it, in any order
    created_at     {{int}}  not null,
    updated_at     {{int}}  not null,              -- of the content
    primary key (site_id, token)
){{strict}};

insert into new_carts (site_id, token, visitor, value, currency, items, checkout_url, email, source, status, life, created_at, updated_at)
    select site_id, token, visitor, value, currency, items, checkout_url, email, 'page', 'active', '{}', updated_at, updated_at from carts;
drop table carts;
alter table new_carts rename to carts;

create index carts_by_visitor on carts (site_id, visitor) where visitor is not null;
create index carts_by_customer on carts (site_id, customer_id) where customer_id is not null;
create index carts_by_checkout on carts (site_id, checkout_token) where checkout_token is not null;
create index carts_by_status on carts (site_id, status, updated_at);

create table new_orders (
    site_id        {{int}}  not null,
    id             {{text}} not null,
    visitor        {{uuid}},
    customer_id    {{int}},
    number         {{text}},                       -- what the shopper reads: '#1001'
    value          {{int}}  not null check (value >= 0),
    refunded       {{int}}  not null check (refunded >= 0),
    currency       {{text}} not null,
    items          {{json}} not null,
    email          {{text}},
    new_customer   {{bool}},
    cart_token     {{text}},
    checkout_token {{text}},
    coupon         {{text}},
    source         {{text}} not null,
    status         {{text}} not null check (status in ('placed', 'cancelled', 'refunded')),
    at             {{int}}  not null,
    updated_at     {{int}}  not null,
    primary key (site_id, id)
){{strict}};

insert into new_orders (site_id, id, visitor, value, refunded, currency, items, email, new_customer, cart_token, coupon, source, status, at, updated_at)
    select site_id, id, visitor, value, 0, currency, items, email, new_customer, cart_token, coupon, 'page', 'placed', at, at from orders;
drop table orders;
alter table new_orders rename to orders;

create index orders_by_visitor on orders (site_id, visitor, at);
create index orders_by_customer on orders (site_id, customer_id, at) where customer_id is not null;
create index orders_by_cart on orders (site_id, cart_token) where cart_token is not null;
create index orders_by_checkout on orders (site_id, checkout_token) where checkout_token is not null;

-- Deliveries of a shop's webhooks, to know one that comes again.
create table hook_deliveries (
    site_id     {{int}}  not null references sites (id) on delete cascade,
    source      {{text}} not null,                 -- 'shopify', 'woocommerce'
    delivery_id {{text}} not null,
    topic       {{text}} not null,
    at          {{int}}  not null,
    primary key (site_id, source, delivery_id)
){{strict}};

create index hook_deliveries_by_time on hook_deliveries (site_id, at);

-- The connection to a shop: its webhook secrets, sealed with the master key.
create table shops (
    site_id     {{int}}  not null references sites (id) on delete cascade,
    source      {{text}} not null check (source in ('shopify', 'woocommerce')),
    secret      {{blob}} not null,
    old_secret  {{blob}},                          -- accepted too, while the shop changes over
    domain      {{text}},
    created_at  {{int}}  not null,
    first_at    {{int}},                           -- first and last delivery with a good signature
    last_at     {{int}},
    refused_at  {{int}},                           -- last delivery with a bad one
    primary key (site_id, source)
){{strict}};

create table api_keys (
    site_id    {{int}}  not null references sites (id) on delete cascade,
    id         {{int}}  not null,
    name       {{text}} not null,
    hash       {{blob}} not null,                  -- SHA-256 of the key, which is shown once
    hint       {{text}} not null,                  -- its first letters
    scopes     {{json}} not null,                  -- ["write:orders", …]
    created_at {{int}}  not null,
    used_at    {{int}},
    revoked_at {{int}},
    primary key (site_id, id)
){{strict}};

create index api_keys_by_hash on api_keys (hash);
