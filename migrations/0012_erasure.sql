-- An erasure follows a person's address and browsers into every table, without walking any of them.

create index carts_by_email on carts (site_id, email) where email is not null;
create index orders_by_email on orders (site_id, email) where email is not null;
create index messages_by_recipient on messages (site_id, recipient);
create index custom_events_by_visitor on custom_events (site_id, visitor);
create index coupon_claims_by_person on coupon_claims (site_id, purpose, claimant) where claimant is not null;

-- People and addresses not to be mailed, newest first, and people nothing was heard of for long.
create index suppressions_by_time on suppressions (site_id, at, hash);
create index customers_by_change on customers (site_id, updated_at);
