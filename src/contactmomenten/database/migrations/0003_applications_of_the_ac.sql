-- What the Autorisaties API said of clients that are not in the configuration.

CREATE TABLE ac_client (
    client_id text PRIMARY KEY,
    -- The last answer: [{"uuid", "label", "heeft_alle_autorisaties", "scopes"}].
    applicaties json,
    opgehaald timestamptz,
    -- One process asks at a time; the others wait for what it hears.
    bezig_tot timestamptz,
    -- When the last question was over, and how it ended.
    afgerond timestamptz,
    uitkomst text
);

-- A higher number tells the workers that ac_client has changed.
ALTER TABLE configuratie ADD COLUMN ac_versie bigint NOT NULL DEFAULT 0;
