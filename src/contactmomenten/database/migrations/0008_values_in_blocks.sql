-- The kept counts of each medewerker, and of each list of onderwerp_links, in blocks: a page deep in
-- a list ordered by these adds up some blocks, and not all values before it (decision 0023).

CREATE TABLE telling_waardeblok (
    reeks text NOT NULL,
    -- The block has the values from this start on (telling.begin), up to that of the next block.
    begin text[] NOT NULL,
    -- Rows, and values, in it.
    aantal bigint NOT NULL,
    waarden integer NOT NULL,
    -- How many values it had when it was made by dividing others.
    eerst integer NOT NULL DEFAULT 0,
    PRIMARY KEY (reeks, begin)
) WITH (fillfactor = 70);

WITH starten AS (
    SELECT reeks, begin, count(*) AS aantal, sum(aantal) AS rijen
    FROM telling
    WHERE reeks IN ('contactmoment.medewerker', 'contactmoment.onderwerp_links')
    GROUP BY reeks, begin
), verdeeld AS (
    SELECT *,
        (sum(aantal) OVER (PARTITION BY reeks ORDER BY begin) - aantal / 2)::bigint / 256 AS deel,
        min(begin) OVER (PARTITION BY reeks) AS eerste
    FROM starten
)
INSERT INTO telling_waardeblok (reeks, begin, aantal, waarden, eerst)
SELECT reeks, CASE WHEN min(begin) = min(eerste) THEN '{}' ELSE min(begin) END,
    sum(rijen)::bigint, sum(aantal)::integer, sum(aantal)::integer
FROM verdeeld
GROUP BY reeks, deel;

-- Here and not in the program, so that programs that do not know of blocks keep them right too.
CREATE FUNCTION telling_in_waardeblok() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gekomen text := 'SELECT reeks, begin, aantal, 1 AS waarden FROM nieuw';
    gegaan text := 'SELECT reeks, begin, -aantal AS aantal, -1 AS waarden FROM oud';
BEGIN
    EXECUTE format($sql$
        WITH wijziging AS MATERIALIZED (
            SELECT reeks, begin, sum(aantal) AS aantal, sum(waarden) AS waarden
            FROM (%s) delen
            WHERE reeks IN ('contactmoment.medewerker', 'contactmoment.onderwerp_links')
            GROUP BY reeks, begin
        )
        INSERT INTO telling_waardeblok AS blok (reeks, begin, aantal, waarden)
        SELECT wijziging.reeks, coalesce(erin.begin, '{}'), sum(aantal)::bigint,
            sum(waarden)::integer
        FROM wijziging LEFT JOIN LATERAL (
            SELECT begin FROM telling_waardeblok
            WHERE reeks = wijziging.reeks AND begin <= wijziging.begin
            ORDER BY begin DESC LIMIT 1
        ) erin ON true
        GROUP BY 1, 2
        ON CONFLICT (reeks, begin) DO UPDATE SET
            aantal = blok.aantal + excluded.aantal,
            waarden = blok.waarden + excluded.waarden
        $sql$,
        CASE TG_OP
            WHEN 'INSERT' THEN gekomen
            WHEN 'DELETE' THEN gegaan
            ELSE gekomen || ' UNION ALL ' || gegaan
        END
    );
    RETURN NULL;
END
$$;

CREATE TRIGGER telling_na_insert AFTER INSERT ON telling REFERENCING NEW TABLE AS nieuw
FOR EACH STATEMENT EXECUTE FUNCTION telling_in_waardeblok();
CREATE TRIGGER telling_na_update AFTER UPDATE ON telling
REFERENCING OLD TABLE AS oud NEW TABLE AS nieuw
FOR EACH STATEMENT EXECUTE FUNCTION telling_in_waardeblok();
CREATE TRIGGER telling_na_delete AFTER DELETE ON telling REFERENCING OLD TABLE AS oud
FOR EACH STATEMENT EXECUTE FUNCTION telling_in_waardeblok();
