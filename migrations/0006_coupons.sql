-- Coupons. A pool gives one code to everybody, or each of many codes once.
create table coupon_pools (
    site_id     {{int}}  not null references sites (id) on delete cascade,
    id          {{int}}  not null,
    key         {{text}} not null,                 -- what endings name
    name        {{text}} not null,
    shared_code {{text}},                          -- for everybody; null: the codes below, one each
    expires_at  {{int}},                           -- from then on the shop does not take its codes
    retired_at  {{int}},                           -- gives nothing more
    added       {{int}}  not null,                 -- codes it was ever given
    dropped     {{int}}  not null,                 -- of these, taken out before anybody got them
    created_at  {{int}}  not null,
    primary key (site_id, id)
){{strict}};

create unique index coupon_pools_by_key on coupon_pools (site_id, key);

-- Shops do not tell SHIP from ship: a code is the store's only one in any case, and in one pool.
create table coupon_codes (
    site_id    {{int}}  not null,
    folded     {{text}} not null,                  -- lower case
    pool_id    {{int}}  not null,
    code       {{text}} not null,                  -- as the shop wrote it
    given_at   {{int}},
    dropped_at {{int}},
    primary key (site_id, folded),
    foreign key (site_id, pool_id) references coupon_pools (site_id, id) on delete cascade,
    check (given_at is null or dropped_at is null)
){{rowless}};

-- What is left, in the order in which it is given.
create index coupon_codes_free on coupon_codes (site_id, pool_id, folded) where given_at is null and dropped_at is null;

-- Who got which code. Whoever asks twice gets the same one.
create table coupon_claims (
    site_id   {{int}}  not null,
    id        {{uuid}} not null,                   -- UUIDv7: when
    pool_id   {{int}}  not null,
    purpose   {{text}} not null,                   -- survey: an ending showed it
    claimant  {{text}},                            -- who, by the purpose's own name for them; null: forgotten
    code      {{text}} not null,
    survey_id {{int}},
    primary key (site_id, id),
    foreign key (site_id, pool_id) references coupon_pools (site_id, id) on delete cascade
){{rowless}};

create unique index coupon_claims_by_claimant on coupon_claims (site_id, pool_id, purpose, claimant);
create index coupon_claims_by_pool on coupon_claims (site_id, pool_id, id);
