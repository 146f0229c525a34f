-- How each kind of work stands, for whoever runs the server: found without a walk of what is done.
create index jobs_waiting on jobs (kind, run_at) where state = 'ready';
create index jobs_dead on jobs (finished_at, id) where state = 'dead';
create index jobs_dead_by_kind on jobs (kind, finished_at, id) where state = 'dead';

-- Failed tries. A job that works in the end keeps no trace of them.
create table job_failures (
    kind  {{text}} not null,
    hour  {{int}}  not null,                       -- since 1970
    tries {{int}}  not null,
    primary key (kind, hour)
){{rowless}};
