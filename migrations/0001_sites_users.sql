-- Times are milliseconds since 1970, money is minor units. Every table that holds a store's data begins its keys with site_id.

create table sites (
    id          {{int}}  primary key,
    key         {{text}} not null unique,          -- public: st_…
    name        {{text}} not null,
    origins     {{json}} not null,                 -- ["https://shop.example", "https://*.shop.example"]
    time_zone   {{text}} not null,                 -- IANA name; days in reports begin here
    currency    {{text}} not null,                 -- ISO 4217
    settings    {{json}} not null,                 -- caps, storage, theme, retention: domain::site::Settings
    version     {{int}}  not null,                 -- grows with every change that the page must see
    created_at  {{int}}  not null
){{strict}};

create table users (
    id            {{int}}  primary key,
    email         {{text}} not null unique,        -- lower case
    name          {{text}} not null,
    password_hash {{text}} not null,               -- argon2id, PHC string
    admin         {{bool}} not null,               -- may see every site and make new ones
    created_at    {{int}}  not null
){{strict}};

create table memberships (
    site_id {{int}} not null references sites (id) on delete cascade,
    user_id {{int}} not null references users (id) on delete cascade,
    primary key (site_id, user_id)
){{strict}};

create table sessions (
    token_hash {{blob}} primary key,               -- SHA-256 of the cookie
    user_id    {{int}}  not null references users (id) on delete cascade,
    created_at {{int}}  not null,
    seen_at    {{int}}  not null
){{strict}};

create index sessions_by_user on sessions (user_id);

-- Facts about the installation itself, such as the hash of the one-time set-up link.
create table meta (
    name  {{text}} primary key,
    value {{text}} not null
){{strict}};

create table audit (
    site_id {{int}}  not null references sites (id) on delete cascade,
    id      {{int}}  not null,
    at      {{int}}  not null,
    actor   {{text}} not null,                     -- an e-mail address, or 'cli'
    action  {{text}} not null,                     -- survey.publish
    subject {{text}} not null,                     -- what it was done to
    primary key (site_id, id)
){{strict}};
