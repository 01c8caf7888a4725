-- The first tables: the resources with their trail and outbox, and the configuration.
--
-- Shape: a uuid outside, a bigint inside for the order of creation. Each child row and each
-- unique rule carries the uuid of its contactmoment, so that the tables can be distributed by it.

CREATE TABLE contactmoment (
    uuid uuid PRIMARY KEY,
    id bigint GENERATED ALWAYS AS IDENTITY,
    bronorganisatie text NOT NULL,
    registratiedatum timestamptz NOT NULL,
    kanaal text NOT NULL,
    voorkeurskanaal text NOT NULL,
    voorkeurstaal text NOT NULL,
    tekst text NOT NULL,
    onderwerp_links text[] NOT NULL,
    initiatiefnemer text NOT NULL,
    medewerker text NOT NULL,
    -- Key order is part of the answer, so json and not jsonb.
    medewerker_identificatie json,
    -- The order in which identifications were first given (ordering=medewerker_identificatie).
    medewerker_identificatie_id bigint,
    -- The two neighbours in the chain, copied from keten so that reads need no join.
    vorig_contactmoment uuid,
    volgend_contactmoment uuid,
    CHECK ((medewerker_identificatie IS NULL) = (medewerker_identificatie_id IS NULL))
);

CREATE SEQUENCE medewerker_identificatie_volgnummer;

CREATE INDEX contactmoment_id ON contactmoment (id);
CREATE INDEX contactmoment_registratiedatum ON contactmoment (registratiedatum, id);
CREATE INDEX contactmoment_bronorganisatie ON contactmoment (bronorganisatie, id);
CREATE INDEX contactmoment_kanaal ON contactmoment (kanaal, id);
-- An index entry holds at most 2.7 kB and a URL may be longer: such columns are looked up by
-- their md5 first and compared in full after that.
CREATE INDEX contactmoment_medewerker ON contactmoment ((md5(medewerker)::uuid), id)
    WHERE medewerker <> '';

-- cm-002: a contactmoment has at most one successor (the primary key) and, as the column
-- contactmoment.vorig_contactmoment holds one value, at most one predecessor.
CREATE TABLE keten (
    voorganger uuid PRIMARY KEY REFERENCES contactmoment (uuid) ON DELETE CASCADE,
    opvolger uuid NOT NULL UNIQUE REFERENCES contactmoment (uuid) ON DELETE CASCADE
);

CREATE TABLE klantcontactmoment (
    contactmoment uuid NOT NULL REFERENCES contactmoment (uuid) ON DELETE CASCADE,
    uuid uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    klant text NOT NULL,
    klant_hash uuid NOT NULL GENERATED ALWAYS AS (md5(klant)::uuid) STORED,
    rol text NOT NULL,
    PRIMARY KEY (contactmoment, uuid),
    CONSTRAINT klantcontactmoment_uniek UNIQUE (contactmoment, klant_hash, rol)
);

CREATE INDEX klantcontactmoment_uuid ON klantcontactmoment (uuid);
CREATE INDEX klantcontactmoment_id ON klantcontactmoment (id);
CREATE INDEX klantcontactmoment_klant ON klantcontactmoment (klant_hash, id);

CREATE TABLE objectcontactmoment (
    contactmoment uuid NOT NULL REFERENCES contactmoment (uuid) ON DELETE CASCADE,
    uuid uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    object text NOT NULL,
    object_hash uuid NOT NULL GENERATED ALWAYS AS (md5(object)::uuid) STORED,
    object_type text NOT NULL,
    -- The URL by which its creator named the contactmoment: its source compares it as text.
    contactmoment_url text NOT NULL,
    PRIMARY KEY (contactmoment, uuid),
    CONSTRAINT objectcontactmoment_uniek UNIQUE (contactmoment, object_hash)
);

CREATE INDEX objectcontactmoment_uuid ON objectcontactmoment (uuid);
CREATE INDEX objectcontactmoment_id ON objectcontactmoment (id);
CREATE INDEX objectcontactmoment_object ON objectcontactmoment (object_hash, id);

CREATE TABLE audittrail (
    contactmoment uuid NOT NULL REFERENCES contactmoment (uuid) ON DELETE CASCADE,
    uuid uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    aanmaakdatum timestamptz NOT NULL DEFAULT clock_timestamp(),
    applicatie_id text NOT NULL,
    applicatie_weergave text NOT NULL,
    gebruikers_id text NOT NULL,
    gebruikers_weergave text NOT NULL,
    actie text NOT NULL,
    resultaat smallint NOT NULL,
    hoofd_object text NOT NULL,
    resource text NOT NULL,
    resource_url text NOT NULL,
    toelichting text NOT NULL,
    resource_weergave text NOT NULL,
    -- The resource as it was answered, before and after; null where there is none.
    oud json,
    nieuw json,
    -- X-NLX-Logrecord-ID of the request: kept, never shown.
    logrecord_id text NOT NULL,
    PRIMARY KEY (contactmoment, uuid)
);

CREATE INDEX audittrail_volgorde ON audittrail (contactmoment, aanmaakdatum, id);

-- What the Notificaties API must still hear. No foreign key: a line outlives its contactmoment.
CREATE TABLE notificatie (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contactmoment uuid NOT NULL,
    -- The message as it will be sent.
    bericht json NOT NULL,
    aanmaakdatum timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX notificatie_contactmoment ON notificatie (contactmoment, id);

-- Configuration, written by `contactmomenten configure` and read by every worker.

-- Secrets with which clients sign their tokens; two per client may live side by side.
CREATE TABLE client_secret (
    client_id text NOT NULL,
    nummer smallint NOT NULL CHECK (nummer IN (1, 2)),
    secret bytea NOT NULL,
    PRIMARY KEY (client_id, nummer)
);

CREATE TABLE applicatie (
    uuid uuid PRIMARY KEY,
    label text NOT NULL,
    client_ids text[] NOT NULL,
    heeft_alle_autorisaties boolean NOT NULL,
    -- [{"component": "cmc", "scopes": ["contactmomenten.lezen"]}]
    autorisaties json NOT NULL
);

-- Other APIs and how to sign in there.
CREATE TABLE service (
    identifier text PRIMARY KEY,
    label text NOT NULL,
    api_root text NOT NULL UNIQUE,
    api_type text NOT NULL,
    auth_type text NOT NULL,
    client_id text NOT NULL,
    secret bytea,
    user_id text NOT NULL,
    user_representation text NOT NULL,
    header_key text NOT NULL,
    header_value bytea
);

-- The blocks of the configuration that hold one object (notifications_config, …).
CREATE TABLE instelling (
    naam text PRIMARY KEY,
    waarde json NOT NULL
);

-- One row; a higher number tells the workers to read the configuration again. The check value
-- is encrypted with the key of this installation: a wrong SECRET_KEY shows at start.
CREATE TABLE configuratie (
    enig boolean PRIMARY KEY DEFAULT true CHECK (enig),
    versie bigint NOT NULL DEFAULT 0,
    sleutelproef bytea
);

INSERT INTO configuratie DEFAULT VALUES;
