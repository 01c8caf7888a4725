-- Counts that are kept, and the indexes of the lists: any page of any list costs the same with
-- ten thousand rows as with ten million (decision 0009).
--
-- What is counted here are the rows up to a number (telling_stand.tot). Rows above it are counted
-- at each question; a process adds them every few seconds. So a create writes nothing here.

-- How many rows of a table have a value in a column: the kanaal 'balie', the medewerker '…'.
CREATE TABLE telling (
    reeks text NOT NULL,
    -- md5 of the value, as values may be longer than an index takes.
    sleutel uuid NOT NULL,
    -- The value, in an array because onderwerp_links is one.
    waarde text[] NOT NULL,
    -- The start of it, short enough for an index that gives the values in order.
    begin text[] NOT NULL,
    aantal bigint NOT NULL,
    PRIMARY KEY (reeks, sleutel)
) WITH (fillfactor = 70);

CREATE INDEX telling_volgorde ON telling (reeks, begin);

-- The same rows in blocks, in an order (by number, by time, by uuid): what is before the n-th row
-- is the sum of the blocks before its block. Fine blocks hold about a thousand rows. Where there
-- are many of them, coarse ones lie over them, each of which starts where a fine one does.
CREATE TABLE telling_blok (
    reeks text NOT NULL,
    sleutel uuid NOT NULL,
    grof boolean NOT NULL,
    -- The block starts here, in the units of its order, and ends where the next one starts.
    vanaf bigint NOT NULL,
    aantal bigint NOT NULL,
    -- No row of the block has a registratiedatum outside these.
    oudste timestamptz NOT NULL,
    jongste timestamptz NOT NULL,
    PRIMARY KEY (reeks, sleutel, grof, vanaf)
) WITH (fillfactor = 70);

-- Units of the order by text, which has none of its own: each starts at a text.
CREATE TABLE telling_grens (
    nummer bigint PRIMARY KEY,
    begin text NOT NULL
);

CREATE INDEX telling_grens_begin ON telling_grens (begin);

CREATE TABLE telling_stand (
    tabel text PRIMARY KEY,
    -- Rows with a number up to this one are counted.
    tot bigint NOT NULL DEFAULT 0,
    -- Rows up to this number may be counted once every transaction before `transactie` has ended:
    -- by then none of them can appear any more.
    kandidaat bigint NOT NULL DEFAULT 0,
    transactie xid8 NOT NULL DEFAULT '0'
) WITH (fillfactor = 50);

INSERT INTO telling_stand (tabel)
VALUES ('contactmoment'), ('klantcontactmoment'), ('objectcontactmoment');

-- What changed in rows that may have been counted: -1 for the old row, 1 for the new one.
CREATE TABLE contactmoment_correctie (
    teken smallint NOT NULL,
    id bigint NOT NULL,
    uuid uuid NOT NULL,
    bronorganisatie text NOT NULL,
    registratiedatum timestamptz NOT NULL,
    kanaal text NOT NULL,
    voorkeurskanaal text NOT NULL,
    voorkeurstaal text NOT NULL,
    initiatiefnemer text NOT NULL,
    medewerker text NOT NULL,
    onderwerp_links text[] NOT NULL,
    -- As far as it plays a part in the order.
    tekst text NOT NULL,
    medewerker_identificatie_id bigint
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE klantcontactmoment_correctie (
    teken smallint NOT NULL,
    id bigint NOT NULL,
    rol text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE objectcontactmoment_correctie (
    teken smallint NOT NULL,
    id bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE FUNCTION telling_van_contactmoment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO contactmoment_correctie VALUES (
        -1, OLD.id, OLD.uuid, OLD.bronorganisatie, OLD.registratiedatum, OLD.kanaal,
        OLD.voorkeurskanaal, OLD.voorkeurstaal, OLD.initiatiefnemer, OLD.medewerker,
        OLD.onderwerp_links, left(OLD.tekst, 100), OLD.medewerker_identificatie_id
    );
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO contactmoment_correctie VALUES (
            1, NEW.id, NEW.uuid, NEW.bronorganisatie, NEW.registratiedatum, NEW.kanaal,
            NEW.voorkeurskanaal, NEW.voorkeurstaal, NEW.initiatiefnemer, NEW.medewerker,
            NEW.onderwerp_links, left(NEW.tekst, 100), NEW.medewerker_identificatie_id
        );
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER telling_na_delete AFTER DELETE ON contactmoment
FOR EACH ROW EXECUTE FUNCTION telling_van_contactmoment();

CREATE TRIGGER telling_na_update AFTER UPDATE ON contactmoment
FOR EACH ROW WHEN (
    OLD.bronorganisatie <> NEW.bronorganisatie
    OR OLD.registratiedatum <> NEW.registratiedatum
    OR OLD.kanaal <> NEW.kanaal
    OR OLD.voorkeurskanaal <> NEW.voorkeurskanaal
    OR OLD.voorkeurstaal <> NEW.voorkeurstaal
    OR OLD.initiatiefnemer <> NEW.initiatiefnemer
    OR OLD.medewerker <> NEW.medewerker
    OR OLD.onderwerp_links <> NEW.onderwerp_links
    OR left(OLD.tekst, 100) <> left(NEW.tekst, 100)
    OR OLD.medewerker_identificatie_id IS DISTINCT FROM NEW.medewerker_identificatie_id
) EXECUTE FUNCTION telling_van_contactmoment();

-- Relations are made and removed, never changed.
CREATE FUNCTION telling_van_klantcontactmoment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO klantcontactmoment_correctie VALUES (-1, OLD.id, OLD.rol);
    RETURN NULL;
END
$$;

CREATE FUNCTION telling_van_objectcontactmoment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO objectcontactmoment_correctie VALUES (-1, OLD.id);
    RETURN NULL;
END
$$;

CREATE TRIGGER telling_na_delete AFTER DELETE ON klantcontactmoment
FOR EACH ROW EXECUTE FUNCTION telling_van_klantcontactmoment();
CREATE TRIGGER telling_na_delete AFTER DELETE ON objectcontactmoment
FOR EACH ROW EXECUTE FUNCTION telling_van_objectcontactmoment();

-- A transaction gets its own number before its rows get theirs: that is what makes
-- telling_stand.kandidaat safe.
CREATE FUNCTION telling_transactie() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_current_xact_id();
    RETURN NULL;
END
$$;

CREATE TRIGGER telling_voor_insert BEFORE INSERT ON contactmoment
FOR EACH STATEMENT EXECUTE FUNCTION telling_transactie();
CREATE TRIGGER telling_voor_insert BEFORE INSERT ON klantcontactmoment
FOR EACH STATEMENT EXECUTE FUNCTION telling_transactie();
CREATE TRIGGER telling_voor_insert BEFORE INSERT ON objectcontactmoment
FOR EACH STATEMENT EXECUTE FUNCTION telling_transactie();

-- A short name for a list of texts. A URL holds no line end, so no two lists share their text.
CREATE FUNCTION sleutel_van(teksten text[]) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN md5(array_to_string(teksten, chr(10)));
END
$$;

-- Indexes: for each filter and each ordering one that gives its rows in order. Those by number
-- carry registratiedatum, so that a period is counted without reading the rows.
DROP INDEX contactmoment_id;
CREATE INDEX contactmoment_id ON contactmoment (id) INCLUDE (registratiedatum);

DROP INDEX contactmoment_bronorganisatie;
CREATE INDEX contactmoment_bronorganisatie ON contactmoment (bronorganisatie, id)
    INCLUDE (registratiedatum);
CREATE INDEX contactmoment_bronorganisatie_registratiedatum
    ON contactmoment (bronorganisatie, registratiedatum, id);

DROP INDEX contactmoment_kanaal;
CREATE INDEX contactmoment_kanaal ON contactmoment (kanaal, id) INCLUDE (registratiedatum);
CREATE INDEX contactmoment_kanaal_registratiedatum
    ON contactmoment (kanaal, registratiedatum, id);

CREATE INDEX contactmoment_voorkeurskanaal ON contactmoment (voorkeurskanaal, id);
CREATE INDEX contactmoment_voorkeurstaal ON contactmoment (voorkeurstaal, id);
CREATE INDEX contactmoment_initiatiefnemer ON contactmoment (initiatiefnemer, id);

DROP INDEX contactmoment_medewerker;
CREATE INDEX contactmoment_medewerker ON contactmoment ((md5(medewerker)::uuid), id);
CREATE INDEX contactmoment_medewerker_registratiedatum
    ON contactmoment ((md5(medewerker)::uuid), registratiedatum, id) WHERE medewerker <> '';

CREATE INDEX contactmoment_onderwerp_links ON contactmoment (sleutel_van(onderwerp_links), id);

CREATE INDEX contactmoment_tekst ON contactmoment (left(tekst, 100), id) WHERE tekst <> '';
CREATE INDEX contactmoment_zonder_tekst ON contactmoment (id) WHERE tekst = '';

CREATE INDEX contactmoment_identificatie ON contactmoment (medewerker_identificatie_id)
    INCLUDE (id) WHERE medewerker_identificatie_id IS NOT NULL;
CREATE INDEX contactmoment_zonder_identificatie ON contactmoment (id)
    WHERE medewerker_identificatie_id IS NULL;

CREATE INDEX klantcontactmoment_rol ON klantcontactmoment (rol, id);

-- An index alone answers for the pages that vacuum has seen: let it see new ones soon.
ALTER TABLE contactmoment SET (autovacuum_vacuum_insert_scale_factor = 0.01);
ALTER TABLE klantcontactmoment SET (autovacuum_vacuum_insert_scale_factor = 0.01);
ALTER TABLE objectcontactmoment SET (autovacuum_vacuum_insert_scale_factor = 0.01);
