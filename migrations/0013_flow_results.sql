-- What the pages of follow-ups count: who entered in a span of days, and who is on the way now.

create index enrollments_by_flow on enrollments (site_id, flow_id, enrolled_at, id);
create index enrollments_running on enrollments (site_id, flow_id) where status = 'running';
