-- What a person sees is found from the person: a list does not walk the cases of everybody else.
CREATE INDEX case_desks_by_authority ON case_desks (authority);
CREATE INDEX case_readers_by_reader ON case_readers (reader);
CREATE INDEX items_by_person ON items (uploader, case_id) WHERE uploader IS NOT NULL;
CREATE INDEX items_by_time ON items (created, id);
CREATE INDEX receipts_by_item ON receipts (item, event) WHERE item IS NOT NULL;
