"""Which addresses are public."""

from ipaddress import ip_address

import pytest

from contactmomenten.outgoing import addresses
from tests.outgoing.neighbour import networks

PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2003::1",
    "2a00:1450:4001::1",
    "3ffe::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_public(address: str) -> None:
    assert addresses.is_public(ip_address(address))
    assert addresses.is_allowed(ip_address(address), ())


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1", "169.254.169.254", "::1", "fd00::1"])
def test_what_is_inside_is_allowed_only_when_configured(address: str) -> None:
    inside = ip_address(address)
    assert not addresses.is_allowed(inside, ())
    assert not addresses.is_allowed(inside, networks("10.1.2.4/32", "fd01::/16"))
    assert addresses.is_allowed(inside, networks(address))


def test_an_ipv4_network_does_not_allow_its_ipv6_spellings() -> None:
    allowed = networks("10.0.0.0/8", "127.0.0.0/8")
    for address in ("::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::"):
        assert not addresses.is_allowed(ip_address(address), allowed)


def test_own_addresses_are_found_without_a_packet() -> None:
    for address in ("127.0.0.1", "127.8.8.8", "::1"):
        assert addresses._is_own(ip_address(address))
    for address in ("192.0.2.77", "8.8.8.8", "2001:db8::77"):
        assert not addresses._is_own(ip_address(address))


def test_a_machine_on_which_one_can_bind_to_any_address_calls_no_other_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(addresses, "_can_bind", lambda _: True)
    assert addresses._is_own(ip_address("127.0.0.1"))
    assert not addresses._is_own(ip_address("8.8.8.8"))
