"""The format of URLs (4.0) wherever one is taken."""

import pytest

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.values import JsonObject

LABEL = "a" * 63
NETLOC = ".".join([LABEL] * 3)

# Accepted ones are tried as onderwerpLinks: those are never fetched.
VALID = [
    "http://example.nl",
    "https://example.nl",
    "ftp://example.nl",
    "ftps://example.nl/bestand",
    "HTTP://EXAMPLE.NL/Pad",
    "hTTps://example.nl/",
    "http://localhost",
    "http://localhost:8000/x",
    "http://127.0.0.1",
    "http://127.0.0.1:80/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[2001:db8::1]:8080/x",
    "http://user@example.nl/",
    "http://user:pw@example.nl/",
    "http://user:@example.nl/",
    "http://example.nl:80/",
    "http://example.nl:99999/",
    "http://example.nl:00080/",
    "http://example.nl?x=1",
    "http://example.nl#deel",
    "http://example.nl/?x=1#deel",
    "http://example.nl/%20",
    "http://example.nl/%zz",
    'http://example.nl/a|b\\c^`{}"<>',
    "http://example.nl/ë/✓",
    "http://sub.domein.example.nl/",
    "http://a.bc",
    "http://1.bc",
    "http://a-b.nl",
    "http://a--b.nl",
    "http://xn--mnchen-3ya.de/",
    "http://münchen.de/",
    "http://例え.テスト/",
    f"http://{LABEL}.nl/",
    f"http://{NETLOC}.{'b' * 61}/",
]

INVALID = [
    "abc",
    "example.nl",
    "www.example.nl/",
    "//example.nl/",
    "/pad",
    "http:",
    "http:/",
    "http:/example.nl",
    "http://",
    "http:///pad",
    "http://?x",
    "http://#x",
    "://example.nl",
    "http//example.nl",
    "sftp://example.nl/",
    "ws://example.nl/",
    "file:///etc/passwd",
    "mailto:a@example.nl",
    "urn:uuid:5f0d7a3c-0000-4000-8000-000000000000",
    "javascript:alert(1)",
    "data:text/plain,x",
    "http://a",
    "http://example",
    "http://example.n",
    "http://.nl",
    "http://.example.nl",
    "http://example..nl",
    "http://-a.nl/",
    "http://a-.nl/",
    "http://sub.-a.nl/",
    f"http://{LABEL}a.nl/",
    f"http://{NETLOC}.{'b' * 62}/",
    "http://256.1.1.1/",
    "http://1.2.3/",
    "http://1.2.3.4.5/",
    "http://[::1/",
    "http://::1/",
    "http://[::zz]/",
    "http://[1.2.3.4]/",
    "http://[]/",
    "http://example.nl:1/",
    "http://example.nl:/",
    "http://example.nl:123456/",
    "http://example.nl:8o/",
    "http://example.nl:80x",
    "http://example.nl:-80/",
    "http://exa mple.nl/",
    "http://example.nl/a b",
    "http://example.nl/a\tb",
    "http://example.nl/a\nb",
    "http://example.nl/a\u00a0b",
    "http://example.nl\\pad",
    "http://example.nl,/",
    "http://example.nl&x",
    "http://user@/",
    "http://a.b@c@example.nl/",
]


@pytest.mark.parametrize("url", VALID)
def test_a_valid_url_is_kept_literally(api: Api, url: str) -> None:
    content = api.moment(onderwerpLinks=[url])
    assert content["onderwerpLinks"] == [url]
    assert api.read(content["url"])["onderwerpLinks"] == [url]


@pytest.mark.parametrize("url", INVALID)
def test_an_invalid_url_is_no_onderwerp_link(api: Api, url: str) -> None:
    response = api.post("/contactmomenten", api.moment_body(onderwerpLinks=[url]))
    expect.invalid(response, at("onderwerpLinks.0", expect.NO_URL))


@pytest.mark.parametrize("url", INVALID)
def test_an_invalid_url_is_no_medewerker(api: Api, url: str) -> None:
    response = api.post("/contactmomenten", api.moment_body(medewerker=url))
    expect.invalid(response, at("medewerker", expect.NO_URL))


@pytest.fixture(scope="module")
def shared(api: Api) -> JsonObject:
    """Make a contactmoment for the refusals of this module."""
    return api.moment()


@pytest.mark.parametrize("url", INVALID)
def test_an_invalid_url_is_no_klant(api: Api, shared: JsonObject, url: str) -> None:
    response = api.post("/klantcontactmomenten", api.klant_body(shared["url"], klant=url))
    expect.invalid(response, at("klant", expect.NO_URL), ignoring="bad-url")


@pytest.mark.parametrize("url", INVALID)
def test_an_invalid_url_is_no_object(api: Api, shared: JsonObject, url: str) -> None:
    response = api.post("/objectcontactmomenten", api.object_body(shared["url"], object=url))
    expect.invalid(response, at("object", expect.NO_URL))


@pytest.mark.parametrize("value", [1, 1.5, True, [], ["http://a.nl"], {}], ids=repr)
def test_other_values_are_no_url(api: Api, value: object) -> None:
    response = api.post("/contactmomenten", api.moment_body(medewerker=value))
    expect.invalid(response, at("medewerker", expect.NO_URL))
    response = api.post("/contactmomenten", api.moment_body(onderwerpLinks=[value]))
    expect.invalid(response, at("onderwerpLinks.0", expect.NO_URL))


@pytest.mark.parametrize("kind", ["medewerker", "klant", "object"])
def test_remote_urls_come_back_literally(api: Api, shared: JsonObject, kind: str) -> None:
    base = api.standin.origin.replace("http://", "HTTP://")
    url = f"{base}/zaken/api/v1/zaken/5F0D7A3C-0000-4000-8000-00000000{kind[:1]}a%7e?B=1&a=2"
    if kind == "medewerker":
        content = api.moment(medewerker=url)
    elif kind == "klant":
        content = api.klant(shared, klant=url)
    else:
        content = api.object(shared, object=url)
    assert content[kind] == url
    assert api.read(content["url"])[kind] == url


def test_too_long_and_malformed_are_both_reported(api: Api) -> None:
    body = api.moment_body(medewerker="x" * 1001)
    found = expect.entries(api.post("/contactmomenten", body))
    wanted = [at("medewerker", expect.max_length(1000)), at("medewerker", expect.NO_URL)]
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/contactmomenten", "medewerker"),
        ("/contactmomenten", "vorigContactmoment"),
        ("/contactmomenten", "volgendContactmoment"),
        ("/klantcontactmomenten", "klant"),
        ("/klantcontactmomenten", "contactmoment"),
        ("/objectcontactmomenten", "object"),
        ("/objectcontactmomenten", "contactmoment"),
    ],
)
@pytest.mark.parametrize("url", ["abc", "http://a", "http://example.nl:1/", "http://a.nl/a b"])
def test_a_filter_on_a_url_checks_its_format(api: Api, path: str, name: str, url: str) -> None:
    expect.invalid(api.get(path, **{name: url}), at(name, expect.NO_URL))


@pytest.mark.parametrize("url", ["ftp://example.nl/x", "HTTP://EXAMPLE.NL", "http://[::1]:80/"])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/contactmomenten", "medewerker"),
        ("/klantcontactmomenten", "klant"),
        ("/objectcontactmomenten", "object"),
        ("/contactmomenten", "vorigContactmoment"),
        ("/klantcontactmomenten", "contactmoment"),
    ],
)
def test_a_filter_on_a_url_takes_every_format(api: Api, path: str, name: str, url: str) -> None:
    assert api.urls(path, **{name: url}) == []
