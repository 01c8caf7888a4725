-- Every key and every unique rule has the uuid of its contactmoment in it, so that the tables can
-- be spread over machines by that uuid.

-- That a contactmoment has at most one predecessor is in contactmoment.vorig_contactmoment already,
-- which holds one value. Its row here goes with it by a trigger, as a foreign key would have to
-- look on another machine.
ALTER TABLE keten
    DROP CONSTRAINT keten_opvolger_key,
    DROP CONSTRAINT keten_opvolger_fkey;
CREATE INDEX keten_opvolger ON keten (opvolger);

CREATE FUNCTION keten_zonder_opvolger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM keten WHERE opvolger = OLD.uuid;
    RETURN NULL;
END
$$;

CREATE TRIGGER keten_na_delete AFTER DELETE ON contactmoment
FOR EACH ROW WHEN (OLD.vorig_contactmoment IS NOT NULL)
EXECUTE FUNCTION keten_zonder_opvolger();

ALTER TABLE notificatie DROP CONSTRAINT notificatie_pkey;
DROP INDEX notificatie_contactmoment;
ALTER TABLE notificatie ADD PRIMARY KEY (contactmoment, id);
CREATE INDEX notificatie_id ON notificatie (id);
