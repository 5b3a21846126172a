-- From which item another was derived, how, and the exhibit at the beginning: shown in lists, for which no manifest is opened. Of items of before, their manifest says it.
ALTER TABLE items ADD COLUMN root_exhibit TEXT;
ALTER TABLE items ADD COLUMN parent_item TEXT;
ALTER TABLE items ADD COLUMN derivation TEXT;
