-- The durable queue. A job is claimed under a lease, committed, then worked; what happened is recorded under the same lease.
create table jobs (
    id           {{uuid}} primary key,
    kind         {{text}} not null,
    payload      {{json}} not null,
    state        {{text}} not null check (state in ('ready', 'running', 'done', 'dead')),
    run_at       {{int}}  not null,
    attempt      {{int}}  not null,                -- tries begun
    lease        {{uuid}},                         -- who works on it
    leased_until {{int}},
    unique_key   {{text}},                         -- at most one waiting or running job with this key
    last_error   {{text}},
    created_at   {{int}}  not null,
    finished_at  {{int}},
    check ((state = 'running') = (lease is not null)),
    check ((state in ('done', 'dead')) = (finished_at is not null))
){{strict}};

create index jobs_due on jobs (run_at, id) where state = 'ready';
create index jobs_leased on jobs (leased_until) where state = 'running';
create index jobs_finished on jobs (finished_at) where finished_at is not null;
create unique index jobs_unique on jobs (unique_key) where unique_key is not null and state in ('ready', 'running');
