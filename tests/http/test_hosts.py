import pytest

from contactmomenten.http.hosts import Hosts, is_loopback
from contactmomenten.settings import Settings, SettingsError


def origin(
    hosts: Hosts | Settings, host: str, peer: str | None = "192.0.2.1", **headers: str
) -> tuple[str, str] | None:
    """Return how a request over http is understood; ``x_forwarded_host`` is a header."""
    if isinstance(hosts, Settings):
        hosts = Hosts(hosts)
    sent = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    scope = {"scheme": "http", "client": (peer, 1234) if peer is not None else None}
    return hosts.scheme_and_host(scope, {b"host": host.encode("latin-1"), **sent})


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("", "localhost"),
        ("", "LocalHost:8000"),
        ("", "127.0.0.1:8000"),
        ("", "[::1]:8000"),
        ("", "localhost."),
        ("", "own.example.nl"),
        ("", "own.example.nl:443"),
        ("a.nl", "a.nl"),
        (" A.nl , b.nl,, ", "b.nl:1"),
        ("a.nl", "A.NL."),
        (".a.nl", "a.nl"),
        (".a.nl", "x.y.a.nl"),
        ("*", "anything-at_all.example"),
        ("b.nl,*", "[2001:db8::1]:80"),
        ("[2001:db8::1]", "[2001:DB8::1]"),
    ],
)
def test_a_host_that_is_allowed_is_ours_as_the_client_wrote_it(allowed: str, host: str) -> None:
    settings = Settings(allowed_hosts=allowed, site_domain="Own.example.nl:8443")
    assert origin(settings, host) == ("http", host)


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("", "example.nl"),
        ("", "127.0.0.2"),
        ("a.nl", "localhost"),
        ("a.nl", "own.example.nl"),
        ("a.nl", "x.a.nl"),
        ("a.nl", "xa.nl"),
        ("a.nl", "a.nl.evil.nl"),
        (".a.nl", "xa.nl"),
        (".a.nl", "a.nl.."),
        ("*", ""),
        ("*", "a b"),
        ("*", "a.nl, a.nl"),
        ("*", "a.nl/"),
        ("*", "a.nl?"),
        ("*", "a.nl#"),
        ("*", "a.nl\\"),
        ("*", "user@a.nl"),
        ("*", "a.nl:"),
        ("*", "a.nl:80a"),
        ("*", "a.nl:123456"),
        ("*", "a.nl:80:80"),
        ("*", "[::1"),
        ("*", "::1"),
        ("*", "a.nl\n"),
        ("*", "b\xfccher.nl"),
        ("*", '"><script>'),
    ],
)
def test_any_other_host_is_not_ours(allowed: str, host: str) -> None:
    settings = Settings(allowed_hosts=allowed, site_domain="own.example.nl")
    assert origin(settings, host) is None


def test_a_host_is_judged_alike_the_second_time() -> None:
    hosts = Hosts(Settings(allowed_hosts="a.nl"))
    for _ in range(2):
        assert origin(hosts, "a.nl") == ("http", "a.nl")
        assert origin(hosts, "b.nl") is None


def test_only_so_many_hosts_are_remembered() -> None:
    hosts = Hosts(Settings(allowed_hosts=".a.nl"))
    for number in range(1500):
        assert origin(hosts, f"{number}.b.nl") is None
    assert origin(hosts, "c.a.nl") is not None
    assert len(hosts._known) <= 1000


PROXY = {"x_forwarded_proto": "https", "x_forwarded_host": "public.nl"}


@pytest.mark.parametrize(
    ("trusted", "peer", "scheme"),
    [
        ("", "192.0.2.1", "http"),
        ("192.0.2.1", "192.0.2.1", "https"),
        ("192.0.2.0/24", "192.0.2.77", "https"),
        ("192.0.2.9/24", "192.0.2.77", "https"),
        ("10.0.0.0/8, 192.0.2.1", "192.0.2.1", "https"),
        ("192.0.2.2", "192.0.2.1", "http"),
        ("2001:db8::/32", "2001:db8::5", "https"),
        ("2001:db8::/32", "192.0.2.1", "http"),
        ("fe80::/10", "fe80::1%eth0", "https"),
        ("192.0.2.0/24", "::ffff:192.0.2.1", "https"),
        ("0.0.0.0/0", "2001:db8::5", "http"),
        ("*", "192.0.2.1", "https"),
        ("192.0.2.1", None, "http"),
        ("192.0.2.1", "", "http"),
        ("192.0.2.1", "/run/socket", "http"),
    ],
)
def test_a_forwarded_scheme_is_believed_of_trusted_proxies_only(
    trusted: str, peer: str | None, scheme: str
) -> None:
    settings = Settings(trusted_proxies=trusted)
    assert origin(settings, "localhost", peer, **PROXY) == (scheme, "localhost")


@pytest.mark.parametrize("trusted", ["x", "192.0.2.1/33", "192.0.2.1;192.0.2.2", "a.nl"])
def test_a_proxy_that_is_no_address_is_a_wrong_setting(trusted: str) -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        Hosts(Settings(trusted_proxies=trusted))


@pytest.mark.parametrize(
    ("sent", "scheme"),
    [
        ("https", "https"),
        ("HTTPS", "https"),
        ("https, http", "https"),
        ("http, https", "http"),
        ("ftp", "http"),
        ("javascript", "http"),
        ("", "http"),
        (",https", "http"),
    ],
)
def test_only_the_first_scheme_counts_and_only_of_http(sent: str, scheme: str) -> None:
    settings = Settings(trusted_proxies="*")
    assert origin(settings, "localhost", x_forwarded_proto=sent) == (scheme, "localhost")


@pytest.mark.parametrize(
    ("use", "trusted", "sent", "host"),
    [
        (False, "*", "public.nl", "inner"),
        (True, "", "public.nl", "inner"),
        (True, "10.0.0.1", "public.nl", "inner"),
        (True, "*", "public.nl", "public.nl"),
        (True, "*", "public.nl:8443", "public.nl:8443"),
        (True, "*", " public.nl , inner", "public.nl"),
        (True, "*", "", "inner"),
        (True, "*", ", public.nl", "inner"),
    ],
)
def test_a_forwarded_host_is_believed_when_asked_for(
    use: bool,  # noqa: FBT001
    trusted: str,
    sent: str,
    host: str,
) -> None:
    settings = Settings(
        use_x_forwarded_host=use, trusted_proxies=trusted, allowed_hosts="inner,public.nl"
    )
    assert origin(settings, "inner", x_forwarded_host=sent) == ("http", host)


@pytest.mark.parametrize("sent", ["evil.nl", "public.nl/x", "public.nl@evil.nl"])
def test_a_forwarded_host_must_be_ours_too(sent: str) -> None:
    settings = Settings(
        use_x_forwarded_host=True, trusted_proxies="*", allowed_hosts="inner,public.nl"
    )
    assert origin(settings, "inner", x_forwarded_host=sent) is None


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example.nl", False),
        ("", False),
    ],
)
def test_loopback_addresses_are_known(host: str, loopback: bool) -> None:  # noqa: FBT001
    assert is_loopback(host) is loopback
