-- The rows of a unit (see counts/definitions.py) by time: where only a few of a block are in a
-- period, because they were entered late, they are found without reading the whole block.
CREATE INDEX contactmoment_eenheid_registratiedatum
    ON contactmoment ((id >> 10), registratiedatum) INCLUDE (id, bronorganisatie, kanaal);
