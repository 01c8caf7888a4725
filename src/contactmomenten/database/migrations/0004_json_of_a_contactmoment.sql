-- The JSON of a contactmoment, made once when it is written and not at each read: a page of a
-- list is then put together without looking into its rows.
--
-- An older program goes on working: it never names the column, and PostgreSQL keeps it right.

-- The resource as it is answered, in UTF-8. The root of the API, which differs between requests,
-- is left open: where it goes stands one byte 1, which JSON itself cannot hold unescaped.
CREATE FUNCTION contactmoment_json(
    uuid uuid,
    vorig uuid,
    volgend uuid,
    bronorganisatie text,
    registratiedatum timestamptz,
    kanaal text,
    voorkeurskanaal text,
    voorkeurstaal text,
    tekst text,
    onderwerp_links text[],
    initiatiefnemer text,
    medewerker text,
    medewerker_identificatie json
) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN convert_to(
        '{"url":"' || chr(1) || '/contactmomenten/' || uuid
        || '","vorigContactmoment":'
        || coalesce('"' || chr(1) || '/contactmomenten/' || vorig || '"', 'null')
        || ',"volgendContactmoment":'
        || coalesce('"' || chr(1) || '/contactmomenten/' || volgend || '"', 'null')
        || ',"bronorganisatie":' || to_json(bronorganisatie)
        || ',"registratiedatum":"'
        || replace(
            to_char(registratiedatum AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
            '.000000', ''
        )
        || 'Z","kanaal":' || to_json(kanaal)
        || ',"voorkeurskanaal":' || to_json(voorkeurskanaal)
        || ',"voorkeurstaal":' || to_json(voorkeurstaal)
        || ',"tekst":' || to_json(tekst)
        || ',"onderwerpLinks":' || array_to_json(onderwerp_links)
        || ',"initiatiefnemer":' || to_json(initiatiefnemer)
        || ',"medewerker":' || to_json(medewerker)
        || ',"medewerkerIdentificatie":' || coalesce(medewerker_identificatie::text, 'null')
        || '}',
        'UTF8'
    );
END
$$;

ALTER TABLE contactmoment
    -- Room for a changed neighbour on the same page, without new entries in all indexes.
    SET (fillfactor = 90),
    ADD COLUMN json bytea NOT NULL GENERATED ALWAYS AS (
        contactmoment_json(
            uuid, vorig_contactmoment, volgend_contactmoment, bronorganisatie, registratiedatum,
            kanaal, voorkeurskanaal, voorkeurstaal, tekst, onderwerp_links, initiatiefnemer,
            medewerker, medewerker_identificatie
        )
    ) STORED;
