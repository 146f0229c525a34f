-- The question stream: which of a survey's questions was asked, where only one of them was (domain::stream).

alter table impressions add column question {{text}};
