-- Which weeks a store's people were told of: each once, whichever node looks, and however often its clock is set.
create table weekly_reports (
    site_id {{int}}  not null references sites (id) on delete cascade,
    week    {{int}}  not null,                     -- its Monday, days since 1970 in the site's zone
    outcome {{text}} not null check (outcome in ('begun', 'sent', 'quiet', 'silent', 'dropped')),
    at      {{int}}  not null,                     -- of the outcome
    primary key (site_id, week)
){{strict}};
