-- The tables that grow. Ids are UUIDv7 of 16 bytes made when the offer was made, so keys are in order of time; the visitor is a
-- hash of the browser's random id.

-- One offer that was shown or withheld.
create table impressions (
    site_id      {{int}}  not null,
    id           {{uuid}} not null,
    visitor      {{uuid}} not null,
    survey_id    {{int}}  not null,
    revision     {{int}}  not null,
    variant      {{text}},
    session      {{int}}  not null,                -- hash of the visitor's session
    shown_at     {{int}}  not null,
    answered_at  {{int}},                          -- first answer
    completed_at {{int}},
    dismissed_at {{int}},
    dismissed_by {{text}},
    fired_by     {{text}},                         -- the trigger
    page         {{text}},                         -- address without its query
    device       {{text}},
    locale       {{text}},
    order_id     {{text}},
    withheld     {{bool}} not null,
    manual       {{bool}} not null,
    primary key (site_id, id)
){{rowless}};

create index impressions_by_visitor on impressions (site_id, visitor, id);

-- What a shopper gave for one impression; shares its id.
create table responses (
    site_id      {{int}}  not null,
    id           {{uuid}} not null,
    survey_id    {{int}}  not null,
    revision     {{int}}  not null,
    variant      {{text}},
    started_at   {{int}}  not null,
    completed_at {{int}},
    page         {{text}},                         -- address without its query
    device       {{text}},
    locale       {{text}},
    order_id     {{text}},
    primary key (site_id, id)
){{rowless}};

create index responses_by_survey on responses (site_id, survey_id, id);

-- One row for each thing said: a choice, a number, a text. An empty item is an answer taken back.
create table answers (
    site_id     {{int}}  not null,
    response_id {{uuid}} not null,
    question    {{text}} not null,
    item        {{text}} not null,                 -- 'shipping', '9', '~text', '~other', …
    body        {{text}},                          -- what was typed
    at          {{int}}  not null,                 -- the sender's clock: a later answer replaces an earlier one
    primary key (site_id, response_id, question, item)
){{rowless}};

-- Counts for reports, by the local day on which the offer was made. question '' counts the survey itself:
-- shown, withheld, answered, completed, dismissed. question 'q' item '' counts who answered q.
create table rollups (
    site_id   {{int}}  not null,
    survey_id {{int}}  not null,
    day       {{int}}  not null,                   -- days since 1970 in the site's zone
    question  {{text}} not null,
    item      {{text}} not null,
    n         {{int}}  not null,
    primary key (site_id, survey_id, day, question, item)
){{rowless}};
