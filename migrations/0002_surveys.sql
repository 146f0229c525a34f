create table surveys (
    site_id    {{int}}  not null references sites (id) on delete cascade,
    id         {{int}}  not null,
    key        {{text}} not null,
    name       {{text}} not null,
    kind       {{text}} not null,
    status     {{text}} not null check (status in ('draft', 'live', 'paused')),
    draft      {{json}} not null,                  -- the document as last saved; valid, but perhaps not published
    revision   {{int}}  not null,                  -- the newest published revision, 0 before the first
    created_at {{int}}  not null,
    updated_at {{int}}  not null,
    primary key (site_id, id),
    check (status = 'draft' or revision > 0)
){{strict}};

create unique index surveys_by_key on surveys (site_id, key);

-- Immutable: an answer refers to the wording it was given to.
create table revisions (
    site_id      {{int}}  not null,
    survey_id    {{int}}  not null,
    number       {{int}}  not null,
    document     {{json}} not null,
    published_at {{int}}  not null,
    published_by {{text}} not null,
    primary key (site_id, survey_id, number),
    foreign key (site_id, survey_id) references surveys (site_id, id) on delete cascade
){{strict}};
