-- Whoever sees a case sees what is linked to it, from both ends.
CREATE INDEX case_links_by_linked ON case_links (linked);
