-- What the shop's page told us of the visitor's cart, orders and person. Money is in minor units.

create table carts (
    site_id      {{int}}  not null,
    token        {{text}} not null,
    visitor      {{uuid}} not null,
    value        {{int}}  not null check (value >= 0),
    currency     {{text}} not null,
    items        {{json}} not null,
    checkout_url {{text}},
    email        {{text}},
    checkout_at  {{int}},                          -- checkout was begun
    updated_at   {{int}}  not null,
    primary key (site_id, token)
){{strict}};

create table orders (
    site_id      {{int}}  not null,
    id           {{text}} not null,
    visitor      {{uuid}} not null,
    value        {{int}}  not null check (value >= 0),
    currency     {{text}} not null,
    items        {{json}} not null,
    email        {{text}},
    new_customer {{bool}},
    cart_token   {{text}},
    coupon       {{text}},
    at           {{int}}  not null,
    primary key (site_id, id)
){{strict}};

create index orders_by_visitor on orders (site_id, visitor, at);

-- What the page claims about who the visitor is. Unproven.
create table identities (
    site_id {{int}}  not null,
    visitor {{uuid}} not null,
    claims  {{json}} not null,
    at      {{int}}  not null,
    primary key (site_id, visitor)
){{strict}};

create table custom_events (
    site_id    {{int}}  not null,
    id         {{uuid}} not null,
    visitor    {{uuid}} not null,
    name       {{text}} not null,
    properties {{json}} not null,
    at         {{int}}  not null,
    primary key (site_id, id)
){{strict}};
