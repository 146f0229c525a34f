-- What was answered is kept with its impression: storing a response is one row then, not five, and reading it one lookup.

alter table impressions add column started_at {{int}};   -- when it became a response: the first answer, or the end
alter table impressions add column answers {{text}};     -- what was said: store::responses knows its form

update impressions set
    started_at = (select r.started_at from responses r where r.site_id = impressions.site_id and r.id = impressions.id),
    answers = (select cast({{json_group}}({{json_array}}(a.question, a.item, a.body, a.at)) as text)
               from answers a where a.site_id = impressions.site_id and a.response_id = impressions.id having count(*) > 0)
    where answered_at is not null or completed_at is not null;

create index impressions_answered on impressions (site_id, survey_id, id) where started_at is not null;

drop table answers;
drop table responses;
