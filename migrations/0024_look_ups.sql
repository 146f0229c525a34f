-- Partial, and yet whole: whoever asks for a visitor asks for one that is there. Without the condition Postgres, planning on an empty
-- table, takes this index for finding rows by their id, which walks all of a site's.
drop index impressions_by_visitor;
create index impressions_by_visitor on impressions (site_id, visitor, id) where visitor is not null;
