-- A chain of hashes through the trail of each contactmoment (decision 0013): a line holds the hash
-- of the line before it, and its own hash is over that and all else that it says. So a line cannot
-- be changed, removed, added or moved without a trace.
--
-- An older program goes on working: it never names these columns, and a trigger fills them. Lines
-- that are there already get their hashes later, a few at a time (audittrail_verzegel_verder).

ALTER TABLE audittrail
    -- The hash of the line before it; null for the first line of a contactmoment.
    ADD COLUMN vorige_hash bytea,
    ADD COLUMN hash bytea;

-- SHA-256 over all that a line says. The lengths make the text mean one thing only. The same is
-- in audittrail/hashing.py, so that nobody need take the word of the database for it.
CREATE FUNCTION audittrail_hash(regel audittrail) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN sha256(convert_to(
        concat_ws(
            '|',
            coalesce(encode(regel.vorige_hash, 'hex'), ''),
            regel.id,
            regel.contactmoment,
            regel.uuid,
            (extract(epoch FROM regel.aanmaakdatum) * 1000000)::bigint,
            regel.resultaat,
            length(regel.applicatie_id),
            length(regel.applicatie_weergave),
            length(regel.gebruikers_id),
            length(regel.gebruikers_weergave),
            length(regel.actie),
            length(regel.hoofd_object),
            length(regel.resource),
            length(regel.resource_url),
            length(regel.toelichting),
            length(regel.resource_weergave),
            length(regel.logrecord_id),
            coalesce(length(regel.oud::text), -1),
            coalesce(length(regel.nieuw::text), -1)
        )
        || '|'
        || concat(
            regel.applicatie_id, regel.applicatie_weergave, regel.gebruikers_id,
            regel.gebruikers_weergave, regel.actie, regel.hoofd_object, regel.resource,
            regel.resource_url, regel.toelichting, regel.resource_weergave, regel.logrecord_id,
            regel.oud, regel.nieuw
        ),
        'UTF8'
    ));
END
$$;

-- How far the lines from before this step have their hashes.
CREATE TABLE audittrail_verzegeling (
    enig boolean PRIMARY KEY DEFAULT true CHECK (enig),
    -- Of contactmomenten with a uuid up to this one.
    tot uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    klaar boolean NOT NULL
);

INSERT INTO audittrail_verzegeling (klaar) SELECT NOT EXISTS (SELECT FROM audittrail);

-- Give the lines of a contactmoment their hashes if none has one, and return that of the last one.
-- It runs with the rights of the owner, as nobody else may touch a line; all that it can do is this.
CREATE FUNCTION audittrail_verzegel(doel uuid) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
    regel audittrail;
    laatste bytea;
BEGIN
    PERFORM FROM contactmoment WHERE uuid = doel FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM audittrail WHERE contactmoment = doel AND hash IS NOT NULL) THEN
        RETURN (
            SELECT hash FROM audittrail WHERE contactmoment = doel
            ORDER BY aanmaakdatum DESC, id DESC LIMIT 1
        );
    END IF;
    FOR regel IN
        SELECT * FROM audittrail WHERE contactmoment = doel ORDER BY aanmaakdatum, id
    LOOP
        regel.vorige_hash := laatste;
        laatste := audittrail_hash(regel);
        UPDATE audittrail SET vorige_hash = regel.vorige_hash, hash = laatste
        WHERE contactmoment = doel AND uuid = regel.uuid;
    END LOOP;
    RETURN laatste;
END
$$;

-- Do so for the next contactmomenten; return whether there may be more, null when another process
-- is at it.
CREATE FUNCTION audittrail_verzegel_verder(aantal integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
    stand audittrail_verzegeling;
    doel uuid;
    gedaan integer := 0;
BEGIN
    IF (SELECT klaar FROM audittrail_verzegeling) THEN
        RETURN false;
    END IF;
    SELECT * INTO stand FROM audittrail_verzegeling FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    FOR doel IN
        SELECT uuid FROM contactmoment WHERE uuid > stand.tot ORDER BY uuid LIMIT aantal
    LOOP
        PERFORM audittrail_verzegel(doel);
        stand.tot := doel;
        gedaan := gedaan + 1;
    END LOOP;
    UPDATE audittrail_verzegeling SET tot = stand.tot, klaar = gedaan < aantal;
    RETURN gedaan = aantal;
END
$$;

-- Functions that run with other rights than those of their caller find nothing that is the
-- caller's: a temporary table comes last.
DO $$
DECLARE
    naam text;
BEGIN
    FOREACH naam IN ARRAY ARRAY['audittrail_verzegel(uuid)', 'audittrail_verzegel_verder(integer)']
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path = %I, pg_temp', naam, current_schema()
        );
    END LOOP;
END
$$;

-- Two lines of one contactmoment at the same time would both follow on the same one: whoever adds
-- a line holds the contactmoment until the end of the transaction. A line that had to wait for it
-- comes after the one that it waited for, also by its time and number.
CREATE FUNCTION audittrail_schakel() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    laatste record;
BEGIN
    -- The first line of a contactmoment, which nobody else can see yet.
    IF NEW.actie = 'create' AND NEW.resource = 'contactmoment' THEN
        NEW.vorige_hash := NULL;
    ELSE
        PERFORM FROM contactmoment WHERE uuid = NEW.contactmoment FOR NO KEY UPDATE;
        SELECT id, aanmaakdatum, hash INTO laatste
        FROM audittrail
        WHERE contactmoment = NEW.contactmoment
        ORDER BY aanmaakdatum DESC, id DESC
        LIMIT 1;
        NEW.vorige_hash := NULL;
        IF FOUND THEN
            NEW.vorige_hash := coalesce(laatste.hash, audittrail_verzegel(NEW.contactmoment));
            NEW.aanmaakdatum := greatest(NEW.aanmaakdatum, laatste.aanmaakdatum);
            IF NEW.id < laatste.id THEN
                NEW.id := nextval(pg_get_serial_sequence('audittrail', 'id'));
            END IF;
        END IF;
    END IF;
    NEW.hash := audittrail_hash(NEW);
    RETURN NEW;
END
$$;

-- Whoever may give a hash (the owner alone, when there are two roles) loads whole trails.
CREATE TRIGGER audittrail_voor_insert BEFORE INSERT ON audittrail
FOR EACH ROW WHEN (NEW.hash IS NULL) EXECUTE FUNCTION audittrail_schakel();
