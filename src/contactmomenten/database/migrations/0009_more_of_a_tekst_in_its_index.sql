-- A list ordered by tekst reads all rows whose texts begin with the same hundred characters, to sort
-- them: standard sentences make that hundreds for one page. The next forty tell nearly all apart
-- (decision 0024).
CREATE INDEX contactmoment_tekst_verder
    ON contactmoment (left(tekst, 100), substr(tekst, 101, 40), id) WHERE tekst <> '';
DROP INDEX contactmoment_tekst;
ALTER INDEX contactmoment_tekst_verder RENAME TO contactmoment_tekst;
