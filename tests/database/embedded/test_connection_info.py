"""Reading the URL of a database."""

import ssl

import pytest

from contactmomenten.database.connection import ConnectionInfo


def test_all_parts() -> None:
    info = ConnectionInfo.from_url("postgresql://jan:p%40ss%2Fw%3Ard@db.example:6432/cm")
    assert info.connect_args() == {
        "host": "db.example",
        "port": 6432,
        "user": "jan",
        "password": "p@ss/w:rd",
        "database": "cm",
    }


@pytest.mark.parametrize(
    ("url", "host", "port", "database"),
    [
        ("postgres://u@h/d", "h", 5432, "d"),
        ("postgresql://u@h", "h", 5432, "u"),
        ("postgresql://u@/d", "localhost", 5432, "d"),
        ("postgresql://u@[2001:db8::1]:5433/d", "2001:db8::1", 5433, "d"),
        ("postgresql://u@%2Fvar%2Frun%2FPostgres/d", "/var/run/Postgres", 5432, "d"),
        ("postgresql://u@%2Fvar%2Frun:5433/d", "/var/run", 5433, "d"),
        ("postgresql:///d?host=/var/run&user=u&port=5433", "/var/run", 5433, "d"),
        ("postgresql://u@h/d%20e", "h", 5432, "d e"),
        (" postgresql://u@h/d\n", "h", 5432, "d"),
    ],
)
def test_addresses(url: str, host: str, port: int, database: str) -> None:
    info = ConnectionInfo.from_url(url)
    assert (info.host, info.port, info.database, info.user) == (host, port, database, "u")


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("postgresql://u@one:1,two:2/d", [("one", 1), ("two", 2)]),
        ("postgresql://u@one,two:2,[::1]/d", [("one", 5432), ("two", 2), ("::1", 5432)]),
        ("postgresql://u@one,two/d?port=6", [("one", 6), ("two", 6)]),
        ("postgresql:///d?user=u&host=one,/var/run&port=1,2", [("one", 1), ("/var/run", 2)]),
    ],
)
def test_several_hosts(url: str, addresses: list[tuple[str, int]]) -> None:
    info = ConnectionInfo.from_url(url)
    assert list(info.addresses) == addresses
    tried = [place.connect_args() for place in info.places()]
    assert [(place["host"], place["port"]) for place in tried] == addresses
    assert {place["target_session_attrs"] for place in tried} == {"read-write"}
    assert {(place["user"], place["database"]) for place in tried} == {("u", "d")}


def test_several_hosts_for_what_the_url_says() -> None:
    info = ConnectionInfo.from_url("postgresql://u@one,two/d?target_session_attrs=any")
    assert {place.connect_args()["target_session_attrs"] for place in info.places()} == {"any"}


def test_one_host_is_taken_for_what_it_is() -> None:
    info = ConnectionInfo.from_url("postgresql://u@one/d")
    assert info.places() == [info]
    assert "target_session_attrs" not in info.connect_args()


def test_standbys_go_first_where_they_are_preferred() -> None:
    info = ConnectionInfo.from_url("postgresql://u@one,two/d", session="prefer-standby")
    tried = [(place.host, place.options["target_session_attrs"]) for place in info.places()]
    assert tried == [("one", "standby"), ("two", "standby"), ("one", "any"), ("two", "any")]


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("mysql://u:geheim@h/d", "postgresql://"),
        ("", "postgresql://"),
        ("postgresql://u:ge#heim@h/d", "percent-encoded"),
        ("postgresql://u:geheim@h:port/d", "host:port"),
        ("postgresql://u:geheim@h:99999/d", "1 to 65535"),
        ("postgresql://u:geheim@h1,h2,h3/d?port=1,2", "as many ports as hosts"),
        ("postgresql://h/d?password=geheim", "no user"),
        ("postgresql://u:geheim@h/d?sslmode=geheim", "sslmode is not one of"),
        ("postgresql://u:geheim@h/d?colour=red", "'colour' is not one of"),
        ("postgresql://u:geheim@h/d?sslmode", "name=value"),
        ("postgresql://u:geheim@h/d?channel_binding=require", "channel_binding"),
    ],
)
def test_a_url_that_cannot_be_used_is_explained_without_its_password(url: str, text: str) -> None:
    with pytest.raises(ValueError, match=text) as caught:
        ConnectionInfo.from_url(url)
    assert "heim" not in str(caught.value)


def test_the_password_is_not_shown() -> None:
    assert "geheim" not in repr(ConnectionInfo.from_url("postgresql://u:geheim@h/d"))


def test_no_password_is_left_to_asyncpg() -> None:
    assert "password" not in ConnectionInfo.from_url("postgresql://u@h/d").connect_args()


@pytest.mark.parametrize("mode", ["disable", "prefer", "require"])
def test_encryption_without_files(mode: str) -> None:
    info = ConnectionInfo.from_url(f"postgresql://u@h/d?sslmode={mode}")
    assert info.connect_args()["ssl"] == mode


@pytest.mark.parametrize(
    ("query", "verify", "check"),
    [
        ("sslmode=verify-full", ssl.CERT_REQUIRED, True),
        ("sslmode=verify-ca", ssl.CERT_REQUIRED, False),
        ("sslmode=verify-full&sslrootcert=system", ssl.CERT_REQUIRED, True),
        ("sslmode=require&sslrootcert=system", ssl.CERT_REQUIRED, True),
    ],
)
def test_encryption_with_verification(query: str, verify: ssl.VerifyMode, check: bool) -> None:  # noqa: FBT001
    context = ConnectionInfo.from_url(f"postgresql://u@h/d?{query}").connect_args()["ssl"]
    assert (context.verify_mode, context.check_hostname) == (verify, check)


def test_a_missing_certificate_is_an_oserror() -> None:
    info = ConnectionInfo.from_url("postgresql://u@h/d?sslmode=verify-full&sslrootcert=/no/such")
    with pytest.raises(FileNotFoundError):
        info.connect_args()


def test_a_socket_is_never_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    info = ConnectionInfo.from_url("postgresql://u@%2Fvar%2Frun/d?sslmode=require")
    assert info.connect_args()["ssl"] is False
