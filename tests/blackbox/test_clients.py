"""The programs that use this API today, each sending what it sends and reading what it reads."""

import json
import time
from urllib.parse import quote, urlencode

import pytest

from .support import clients, expect, raw, tokens
from .support.api import Api
from .support.values import OMIT, JsonObject, unique, uuid_of

Headers = dict[str, str]


def sign(claims: JsonObject, **header: object) -> str:
    """Sign exactly these claims for the client with all rights."""
    fields = {"typ": "JWT", "alg": "HS256"} | header
    return tokens.sign(fields, claims, clients.ALLES.secret)


def bearer(claims: JsonObject) -> Headers:
    return {"Authorization": f"Bearer {sign(claims)}"}


# ---- Open Zaak (Zaken API)


def open_zaak_token() -> Headers:
    """Make what its client library makes."""
    client = clients.ALLES.client_id
    token = tokens.sign(
        {"typ": "JWT", "alg": "HS256", "client_identifier": client},
        {
            "iss": client,
            "iat": int(time.time()),
            "client_id": client,
            "user_id": "",
            "user_representation": "",
        },
        clients.ALLES.secret,
    )
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }


def test_open_zaak_reads_a_contactmoment_and_registers_its_zaak(
    api: Api, moment: JsonObject
) -> None:
    nobody = api.as_client(None)
    read = nobody.get(moment["url"], open_zaak_token())
    assert read.status_code == 200
    shape = read.json()
    assert isinstance(shape["bronorganisatie"], str)
    assert len(shape["url"]) < 200
    body = {"contactmoment": moment["url"], "object": api.standin.zaak(), "objectType": "zaak"}
    started = time.monotonic()
    made = nobody.post("/objectcontactmomenten", body, headers=open_zaak_token())
    assert time.monotonic() - started < 5, "it gives up after 10 s"
    assert made.status_code == 201
    assert {key: made.json()[key] for key in body} == body
    assert len(made.json()["url"]) < 200


def test_open_zaak_meets_its_own_row_when_it_tries_again(api: Api, moment: JsonObject) -> None:
    body = {"contactmoment": moment["url"], "object": api.standin.zaak(), "objectType": "zaak"}
    nobody = api.as_client(None)
    nobody.post("/objectcontactmomenten", body, headers=open_zaak_token())
    again = nobody.post("/objectcontactmomenten", body, headers=open_zaak_token())
    expect.invalid(
        again,
        (
            "nonFieldErrors",
            "unique",
            "De velden contactmoment, object moeten een unieke set zijn.",
        ),
    )


def test_open_zaak_finds_and_deletes_the_relation(api: Api, moment: JsonObject) -> None:
    relation = api.object(moment)
    query = urlencode({"contactmoment": moment["url"], "object": relation["object"]})
    nobody = api.as_client(None)
    found = nobody.get(f"/objectcontactmomenten?{query}", open_zaak_token())
    assert [row["url"] for row in found.json()["results"]] == [relation["url"]]
    api.standin.forget(relation["object"])
    gone = nobody.delete(relation["url"], headers=open_zaak_token())
    assert (gone.status_code, gone.content) == (204, b"")


# ---- KISS, the contact centre


def kiss_token() -> str:
    client = clients.ALLES.client_id
    then = int(time.time()) - 60
    claims = {
        "client_id": client,
        "iss": client,
        "user_id": "jan@gemeente.nl",
        "user_representation": "Jan de Vries",
        "iat": then,
        "nbf": then,
        "exp": then + 3600,
    }
    return sign(claims)


def test_kiss_registers_a_conversation(api: Api) -> None:
    headers: Headers = {
        "Authorization": f"Bearer {kiss_token()}",
        "Content-Type": "application/json; charset=utf-8",
    }
    nobody = api.as_client(None)
    body: JsonObject = {
        "bronorganisatie": "423182687",
        "registratiedatum": "2026-01-02T03:04:05.678Z",
        "kanaal": "telefoon",
        "tekst": "Notitie",
        "onderwerpLinks": [],
        "initiatiefnemer": "klant",
        "medewerker": "",
        "medewerkerIdentificatie": {
            "identificatie": "jan@gemeente.nl",
            "achternaam": "de Vries",
            "voorletters": "J",
            "voorvoegselAchternaam": "",
        },
        "vraag": "Paspoort",
        "specifiekeVraag": None,
        "hoofdvraag": {"url": "x"},
        "gespreksresultaat": "Zelfstandig afgehandeld",
        "startdatum": "2026-01-02T03:00:00.000Z",
        "einddatum": "2026-01-02T03:04:05.678Z",
        "gespreksId": "7d1f",
        "verantwoordelijkeAfdeling": "Burgerzaken",
    }
    made = nobody.post("/contactmomenten", body, headers=headers)
    assert made.status_code == 201, made.text
    moment = made.json()
    assert moment["registratiedatum"] == "2026-01-02T03:04:05.678000Z"
    assert "vraag" not in moment
    klant = {"klant": api.standin.klant(), "contactmoment": moment["url"], "rol": "gesprekspartner"}
    zaak = {"object": api.standin.zaak(), "contactmoment": moment["url"], "objectType": "zaak"}
    assert nobody.post("/klantcontactmomenten", klant, headers=headers).status_code == 201
    assert nobody.post("/objectcontactmomenten", zaak, headers=headers).status_code == 201
    row = api.trail(moment)[0]
    assert row["gebruikersWeergave"] == "Jan de Vries"


def test_kiss_reads_without_accept_and_with_an_empty_chunked_body(
    api: Api, moment: JsonObject
) -> None:
    path = moment["url"].removeprefix(api.root)
    sent: list[tuple[str, str | bytes]] = [
        ("Authorization", f"Bearer {kiss_token()}"),
        ("Transfer-Encoding", "chunked"),
    ]
    response = api.as_client(None).raw("GET", path, sent, b"0\r\n\r\n")
    assert expect.answer(response, 200, expect.MOMENT) == moment


def test_kiss_never_sees_a_401(api: Api) -> None:
    nobody = api.as_client(None)
    for header in (None, "Basic eDp5", "Bearer junk", f"Bearer {kiss_token()}x"):
        headers: Headers = {"Authorization": header} if header else {}
        response = nobody.get("/contactmomenten", headers)
        assert response.status_code == 403
        assert "www-authenticate" not in response.headers


# ---- Open Inwoner (citizen portal)


def test_open_inwoner_collects_the_contacts_of_a_citizen(api: Api) -> None:
    klant = f"{api.standin.origin}/klanten/api/v1/Klanten/{unique()}?x=%7E&y"
    wanted = []
    for _ in range(105):
        moment = api.moment()
        api.klant(moment, klant=klant)
        wanted.append(moment["url"])
    target = f"{api.root}/klantcontactmomenten?klant={quote(klant, safe='')}"
    found: list[JsonObject] = []
    started = time.monotonic()
    while target:
        assert target.startswith(f"{api.root}/klantcontactmomenten?")
        content = api.get(target).json()
        found += content["results"]
        target = content["next"]
    assert {row["klant"] for row in found} == {klant}
    urls = [row["contactmoment"] for row in found]
    assert urls == wanted
    assert [api.read(url)["url"] for url in urls] == wanted
    assert time.monotonic() - started < 10


# ---- OMC / NotifyNL


@pytest.mark.parametrize("aud", [OMIT, "contactmomenten", ["a", "b"]], ids=repr)
def test_omc_registers_a_notification(api: Api, aud: object) -> None:
    now = int(time.time())
    usual: JsonObject = {"exp": now + 60, "user_id": "", "user_representation": "", "aud": aud}
    headers = bearer(tokens.claims(clients.ALLES, usual)) | {
        "X-NLX-Logrecord-ID": "",
        "X-Audit-Toelichting": "",
        "Content-Type": "application/json",
    }
    text = (
        '{"bronorganisatie":423182687,"registratiedatum":"2026-01-02T03:04:05",'
        '"kanaal":"Email","tekst":"Er is \\"iets\\" gebeurd","initiatiefnemer":"gemeente",'
        '"medewerkerIdentificatie":{"identificatie":"omc","achternaam":"omc",'
        '"voorletters":"omc","voorvoegselAchternaam":"omc"}}'
    )
    response = api.as_client(None).request(
        "POST", "/contactmomenten", content=text.encode(), headers=headers
    )
    assert response.status_code == 201, response.text
    content = response.json()
    assert content["bronorganisatie"] == "423182687"
    assert content["registratiedatum"] == "2026-01-02T03:04:05Z"
    assert api.trail(content)[0]["toelichting"] == ""


# ---- the older zaakafhandelcomponent


def test_zac_reads_pages_of_exactly_100(api: Api, moment: JsonObject) -> None:
    klant = api.standin.klant()
    for number in range(101):
        rol = ("belanghebbende", "gesprekspartner")[number % 2]
        target = moment if number < 2 else api.moment()
        api.klant(target, klant=klant, rol=rol)
    first = api.get("/klantcontactmomenten", klant=klant, page="1").json()
    second = api.get("/klantcontactmomenten", klant=klant, page="2").json()
    assert (first["count"], len(first["results"]), len(second["results"])) == (101, 100, 1)


def test_zac_reads_with_an_empty_if_none_match(api: Api, moment: JsonObject) -> None:
    path = moment["url"].removeprefix(api.root)
    sent: list[tuple[str, str | bytes]] = [
        ("Accept", "application/json"),
        ("If-None-Match", ""),
    ]
    assert expect.answer(api.raw("GET", path, sent), 200, expect.MOMENT) == moment


# ---- Valtimo / NL Portal


def test_valtimo_lists_the_newest_first(api: Api) -> None:
    kanaal = unique()
    stamps = ["2020-01-02T00:00:00Z", "2022-01-02T00:00:00Z", "2021-01-02T00:00:00Z"]
    for stamp in stamps:
        api.moment(kanaal=kanaal, registratiedatum=stamp)
    rows = api.results("/contactmomenten", kanaal=kanaal, ordering="-registratiedatum")
    assert [row["registratiedatum"] for row in rows] == sorted(stamps, reverse=True)
    assert api.get("/contactmomenten?ordering=-registratiedatum").status_code == 200


def test_valtimo_needs_no_exp(api: Api) -> None:
    claims = {"client_id": clients.ALLES.client_id, "iat": int(time.time())}
    response = api.as_client(None).get("/contactmomenten?page=1", bearer(claims))
    assert response.status_code == 200


@pytest.mark.parametrize(("alg", "digest"), [("HS384", "sha384"), ("HS512", "sha512")])
def test_valtimo_with_a_longer_algorithm_is_refused_by_default(
    api: Api, alg: str, digest: str
) -> None:
    claims = {"client_id": clients.ALLES.client_id, "iat": int(time.time())}
    token = tokens.sign({"alg": alg}, claims, clients.ALLES.secret, digest=digest)
    response = api.as_client(None).get("/contactmomenten", {"Authorization": f"Bearer {token}"})
    expect.forbidden(response, "jwt-invalidalgorithmerror")


# ---- the safety rule


@pytest.mark.parametrize(
    "query",
    [
        "klant=http://example.nl/1",
        "klant=",
        "klant=&page=1",
        "kanaal=x&klant=y",
        "object=http://example.nl/1",
    ],
)
def test_an_extension_of_another_product_never_shows_everything(api: Api, query: str) -> None:
    name = "object" if "object" in query else "klant"
    expect.invalid(
        api.get(f"/contactmomenten?{query}"),
        ("nonFieldErrors", "unknown-parameters", f"Onbekende query parameters: {name}"),
    )


def test_a_caller_that_goes_away_does_not_poison_its_retry(api: Api, moment: JsonObject) -> None:
    """The outcome of the second request is 201, or the 400 `unique` of a first that was done."""
    body = api.object_body(moment["url"])
    content = json.dumps(body).encode()
    sent: list[tuple[str, str | bytes]] = [
        *api.authorization().items(),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(content))),
    ]
    with raw.opened(api.origin, "POST", "/api/v1/objectcontactmomenten", sent, content):
        pass
    again = api.post("/objectcontactmomenten", body)
    assert again.status_code in {201, 400}
    if again.status_code == 400:
        assert expect.entries(again)[0][1] == "unique"
    assert len(api.urls("/objectcontactmomenten", object=body["object"])) == 1


# ---- the collection of the VNG (section 14)


def vng(api: Api) -> Headers:
    claims = {
        "iss": "anders",
        "client_id": clients.ALLES.client_id,
        "user_id": "test_user_id",
        "user_representation": "Test",
        "iat": int(time.time()),
    }
    return bearer(claims) | {
        "X-NLX-Request-Application-Id": "postman",
        "X-NLX-Request-User-Id": "postman",
        "X-Audit-Toelichting": "postman",
        "Host": api.host,
    }


def vng_body(api: Api, **changes: object) -> JsonObject:
    usual: JsonObject = {
        "klant": "http://example.com/mock",
        "bronorganisatie": "000000000",
        "registratiedatum": "2019-09-05T12:00:00",
        "kanaal": "mail",
        "tekst": "",
        "onderwerpLinks": [f"{api.standin.origin}/mock"],
        "initiatiefnemer": "gemeente",
        "medewerker": api.standin.medewerker(),
    }
    return usual | changes


def test_vng_every_operation_on_a_contactmoment(api: Api) -> None:
    nobody = api.as_client(None)
    made = nobody.post("/contactmomenten", vng_body(api), headers=vng(api))
    assert made.status_code == 201, made.text
    url = made.json()["url"]
    body = vng_body(api, kanaal="telefoon")
    assert nobody.put(url, body, headers=vng(api)).status_code == 200
    assert nobody.patch(url, {"kanaal": "balie"}, headers=vng(api)).status_code == 200
    read = nobody.get(url, vng(api) | {"If-None-Match": "<string>"})
    assert (read.status_code, read.json()["kanaal"]) == (200, "balie")
    trail = nobody.get(f"{url}/audittrail", vng(api)).json()
    one = nobody.get(
        f"{url}/audittrail/{trail[0]['uuid']}", vng(api) | {"If-None-Match": "<string>"}
    )
    assert one.status_code == 200
    assert trail[0]["toelichting"] == "postman"
    assert nobody.head(url, headers=vng(api)).status_code == 200
    assert nobody.delete(url, headers=vng(api)).status_code == 204


def test_vng_lists_with_every_filter_at_once(api: Api) -> None:
    example = "https://example.com"
    lists = {
        "/contactmomenten": {
            "vorigContactmoment": example,
            "volgendContactmoment": example,
            "bronorganisatie": "000000000",
            "registratiedatum": "2019-09-05T12:00:00",
            "registratiedatum__gt": "2019-09-05T12:00:00",
            "registratiedatum__gte": "2019-09-05T12:00:00",
            "registratiedatum__lt": "2019-09-05T12:00:00",
            "registratiedatum__lte": "2019-09-05T12:00:00",
            "kanaal": "mail",
            "voorkeurskanaal": "mail",
            "voorkeurstaal": "nld",
            "initiatiefnemer": "gemeente",
            "medewerker": example,
            "ordering": "url",
            "page": "1",
        },
        "/klantcontactmomenten": {
            "contactmoment": example,
            "klant": example,
            "rol": "belanghebbende",
            "page": "1",
        },
        "/objectcontactmomenten": {
            "object": example,
            "contactmoment": example,
            "objectType": "zaak",
            "page": "1",
        },
    }
    for path, query in lists.items():
        assert api.results(path, **query) == []


def test_vng_cm_001_and_cm_002(api: Api) -> None:
    a, c = api.moment(), api.moment()
    response = api.post("/contactmomenten", vng_body(api, vorigContactmoment=a["url"]))
    assert response.status_code == 201
    b = response.json()
    assert api.read(a["url"])["volgendContactmoment"] == b["url"]
    mock = "https://mock.example.com/api/v1/404"
    bad = api.post("/contactmomenten", vng_body(api, vorigContactmoment=mock))
    assert expect.entries(bad)[0][0] == "vorigContactmoment"
    assert api.patch(b["url"], {"vorigContactmoment": c["url"]}).status_code == 200
    assert api.read(a["url"])["volgendContactmoment"] is None
    assert api.read(c["url"])["volgendContactmoment"] == b["url"]


def test_vng_cm_004_and_cm_005(api: Api, moment: JsonObject) -> None:
    mock = "https://mock.example.com/404"
    klant = api.post("/klantcontactmomenten", api.klant_body(mock))
    assert expect.entries(klant)[0][0] == "contactmoment"
    rol = api.post("/klantcontactmomenten", api.klant_body(moment["url"], rol="x"))
    assert expect.entries(rol)[0][0] == "rol"
    object_ = api.post("/objectcontactmomenten", api.object_body(mock))
    assert expect.entries(object_)[0][0] == "contactmoment"
    for path, body in (
        ("/klantcontactmomenten", api.klant_body(moment["url"])),
        ("/objectcontactmomenten", api.object_body(moment["url"])),
    ):
        assert api.post(path, body).status_code == 201
        assert expect.entries(api.post(path, body))[0][0] == "nonFieldErrors"


def test_vng_deletes_a_successor_before_its_predecessor(api: Api) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    for moment in (second, first):
        assert api.delete(moment["url"]).status_code == 204
        expect.not_found(api.get(f"/contactmomenten/{uuid_of(moment['url'])}"))
