-- Endpoints that are a vendor's service and not a receiver of webhooks: called in the vendor's own way, from the same queue.

alter table endpoints add column kind {{text}} not null default 'webhook';
alter table endpoints add column settings {{json}} not null default '{}';   -- what is not secret; `secret` holds the rest
alter table endpoints add column mapping {{json}} not null default '[]';    -- which answer goes to which property
alter table endpoints add column trouble {{text}};                          -- why we paused it ourselves: 'credentials'
alter table endpoints add column held_until {{int}} not null default 0;     -- it asked us to wait with everything

alter table deliveries add column progress {{json}} not null default '[]';  -- what is kept of each call that succeeded, in order

alter table attempts add column call {{text}};                              -- which of a delivery's calls
