import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactmomenten.fields import Url
from contactmomenten.fields.url import is_url
from tests.fields.json_values import JSON
from tests.fields.reading import codes, read

URL = Url(title="Url", blank=False)


@pytest.mark.parametrize(
    "text",
    [
        "http://example.nl",
        "HTTPS://EXAMPLE.NL/Pad",
        "ftp://example.nl",
        "ftps://example.nl/x",
        "http://localhost",
        "http://LOCALHOST:8000/x",
        "http://127.0.0.1",
        "http://255.255.255.255:80",
        "http://[::1]/",
        "http://[2001:db8::ff00:42:8329]:8080/x",
        "http://[::ffff:1.2.3.4]",
        "http://user@example.nl",
        "http://user:password@example.nl",
        "http://user:@example.nl",
        "http://example.nl:10",
        "http://example.nl:99999",
        "http://example.nl?vraag",
        "http://example.nl#deel",
        "http://example.nl/a/../b;c=d?e=f&g#h",
        "http://example.nl/\U0001f600/é",
        "http://bücher.example.nl",
        "http://例え.テスト",
        "http://xn--bcher-kva.example.xn--p1ai",
        "http://example.nl.",
        "http://a-b.c-d.nl",
        "http://1.2.nl",
        f"http://{'a' * 63}.nl",
        "http://example.nl/" + "a" * 5000,
    ],
)
def test_these_are_urls(text: str) -> None:
    assert is_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.nl",
        "//example.nl",
        "http:example.nl",
        "http:/example.nl",
        "http:///example.nl",
        "mailto:a@example.nl",
        "file://example.nl/x",
        "javascript://example.nl/%0Aalert(1)",
        "http\u017f://example.nl",
        "http://",
        "http://example",
        "http://.nl",
        "http://example..nl",
        "http://example.n",
        "http://example.1",
        "http://example.nl:",
        "http://example.nl:1",
        "http://example.nl:123456",
        "http://example.nl:８０",
        "http://example.nl:80a",
        "http://exa mple.nl",
        "http://example.nl/a b",
        "http://example.nl/a\tb",
        "http://example.nl/\u00a0",
        "http://example.nl\n",
        "http://example.nl\\x",
        "http://-example.nl",
        "http://example-.nl",
        "http://exa_mple.nl",
        "http://example.nl-",
        "http://256.1.1.1",
        "http://1.1.1",
        "http://01.1.1.1",
        "http://localhost.",
        "http://localho\u017ft",
        "http://[::1",
        "http://::1",
        "http://[]",
        "http://[::g]",
        "http://[1::2::3]",
        "http://[::1%25eth0]/",
        "http://[127.0.0.1]",
        "http://us er@example.nl",
        "http://a@b@example.nl",
        "http://a/b@example.nl@",
        "http://@example.nl",
        "http://:p@example.nl",
        f"http://{'a' * 64}.nl",
        f"http://{'a' * 250}.nl",
        f"http://{'a.' * 130}nl",
        f"http://{'u' * 250}@example.nl",
        "http://example.nl\0",
        # What Python's own parser stumbles over.
        "http://a[b@example.nl/",
        "http://a]b@example.nl/",
        "http://u:[x]@example.nl/",
        "http://ex\u2100mple.nl/",
        "http://ex\uff0fample.nl/",
    ],
)
def test_these_are_no_urls(text: str) -> None:
    assert not is_url(text)


@pytest.mark.quiet
@pytest.mark.parametrize(
    "text",
    [
        "http://" + "a" * 100_000,
        "http://" + "a." * 50_000,
        "http://" + "a-" * 50_000,
        "http://" + "a." * 50_000 + "!",
        "http://" + "1." * 50_000,
        "http://" + "a" * 50_000 + "@" * 50_000,
        "http://" + "a:" * 50_000 + "@",
        "http://" + "xn--" * 25_000,
        "http://a.xn--" + "a-" * 50_000,
        "http://[" + ":" * 100_000 + "]",
        "http://[" + "1:" * 50_000 + "]",
        "http://a.nl/" + "/" * 100_000 + " ",
        "http://" + ("a" * 63 + ".") * 1500 + "-",
    ],
)
def test_no_text_takes_long_to_refuse(text: str) -> None:
    begun = time.perf_counter()
    assert not is_url(text)
    assert time.perf_counter() - begun < 0.5


URL_LIKE = st.text("htps:/@[]%.-_?#a1é℀／ \0\ud800\uff0e", max_size=40)


@given(st.builds("http://{}.nl/{}".format, URL_LIKE, URL_LIKE) | URL_LIKE.map("http://".__add__))
def test_no_text_does_worse_than_being_refused(text: str) -> None:
    assert is_url(text) in {True, False}


@given(JSON)
def test_no_value_does_worse_than_a_fault(value: object) -> None:
    url, faults = read(URL, value)
    assert faults or isinstance(url, str)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("http://example.nl/" + "a" * 982, []),
        ("http://example.nl/" + "a" * 983, ["max_length"]),
        ("a" * 1001, ["max_length", "invalid"]),
        ("http://example.nl/\0", ["null_characters_not_allowed"]),
        ("http://example.nl/\ud800", ["invalid"]),
        ("", ["blank"]),
        (None, ["null"]),
        (1, ["invalid"]),
        (True, ["invalid"]),
        ([], ["invalid"]),
    ],
)
def test_a_value_has_these_faults(value: object, found: list[str]) -> None:
    assert codes(URL, value) == found


def test_a_url_is_kept_to_the_letter() -> None:
    text = "HTTP://Example.NL:80/%7e/../x?b=2&a=1#"
    assert read(URL, f" {text}\n") == (text, [])
