-- Delivery of notifications: what happened to each line of the outbox, and when it may be tried.
--
-- The INSERT of (contactmoment, bericht) goes on working, and so does a program that never looks
-- at these columns. No default is volatile, so the table is not written anew.

ALTER TABLE notificatie
    -- Not to be touched before this moment: the wait after a failed attempt, the end of a lease,
    -- or, for a line behind another one of its contactmoment, when to look at it again.
    ADD COLUMN niet_voor timestamptz NOT NULL DEFAULT now(),
    -- The process that is sending the line, until niet_voor; after that anyone may take it over.
    ADD COLUMN houder uuid,
    -- Attempts that failed, and how many of those because the message itself was refused.
    ADD COLUMN pogingen integer NOT NULL DEFAULT 0,
    ADD COLUMN afwijzingen integer NOT NULL DEFAULT 0,
    -- Set when it was refused too often: it then waits for an operator, and so do the later lines
    -- of its contactmoment.
    ADD COLUMN mislukt_sinds timestamptz,
    -- How the last attempt ended, such as 'HTTP 500' or 'time-out'; never a body.
    ADD COLUMN uitkomst text NOT NULL DEFAULT '';

-- Two lanes, so that thousands of lines that wait for their next attempt do not stand in the way
-- of those that were never tried. A line is in one of them, or parked.
CREATE INDEX notificatie_nieuw ON notificatie (niet_voor, id)
    WHERE pogingen = 0 AND mislukt_sinds IS NULL;
CREATE INDEX notificatie_opnieuw ON notificatie (niet_voor, id)
    WHERE pogingen > 0 AND mislukt_sinds IS NULL;
CREATE INDEX notificatie_mislukt ON notificatie (id) WHERE mislukt_sinds IS NOT NULL;

-- Lines come and go by the thousand while the table stays small: clean up after them often.
ALTER TABLE notificatie SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 500,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_analyze_threshold = 500
);
