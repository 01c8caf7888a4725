"""TLS is verified, with authorities of one's own, and client certificates for services only."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from contactmomenten.outgoing import CallFailed, OutgoingClient, OutgoingSettings
from tests.outgoing.authority import Authority
from tests.outgoing.conftest import MakeClient, Names
from tests.outgoing.neighbour import Asked, Neighbour, networks, redirect, reply, running

LOOPBACK = networks("127.0.0.0/8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder)


async def test_a_certificate_of_an_unknown_authority_is_refused(
    make_client: MakeClient, authority: Authority
) -> None:
    async with running(context=authority.issue("127.0.0.1").server()) as one:
        with pytest.raises(CallFailed, match="TLS-fout"):
            await make_client(one.service()).get(f"{one.root}/")
        assert one.asked == []


async def test_an_authority_may_be_added(make_client: MakeClient, authority: Authority) -> None:
    async with running(context=authority.issue("127.0.0.1").server()) as one:
        one.script["/"] = reply(200)
        client = make_client(one.service(), ca_bundle=authority.bundle)
        assert (await client.get(f"{one.root}/")).status == 200
        assert (await client.get(f"{one.root}/")).status == 200
        assert one.connections == 1


@pytest.mark.parametrize("hosts", [("elders.example.nl",), ("127.0.0.2",), ("127.0.0.1.nl",)])
async def test_a_certificate_for_another_host_is_refused(
    hosts: tuple[str, ...], make_client: MakeClient, authority: Authority
) -> None:
    async with running(context=authority.issue(*hosts).server()) as one:
        with pytest.raises(CallFailed, match="TLS-fout"):
            await make_client(one.service(), ca_bundle=authority.bundle).get(f"{one.root}/")


async def test_an_expired_certificate_is_refused(
    make_client: MakeClient, authority: Authority
) -> None:
    async with running(context=authority.issue("127.0.0.1", days=-1).server()) as one:
        with pytest.raises(CallFailed, match="TLS-fout"):
            await make_client(one.service(), ca_bundle=authority.bundle).get(f"{one.root}/")


@pytest.mark.parametrize("name", ["buur.example.nl", "buur.example.nl.", "BUUR.example.nl"])
async def test_the_certificate_is_for_the_name_though_the_connection_is_to_an_address(
    name: str, make_client: MakeClient, authority: Authority, resolver: Names
) -> None:
    resolver[name.lower()] = [["127.0.0.1"]]
    indicated: list[str | None] = []
    context = authority.issue("buur.example.nl").server()
    context.sni_callback = lambda _, indication, __: indicated.append(indication)
    async with running(context=context) as one:
        one.script["/"] = reply(200)
        client = make_client(ca_bundle=authority.bundle, allowed_private_networks=LOOPBACK)
        assert (await client.get(f"https://{name}:{one.port}/")).status == 200
        assert indicated == ["buur.example.nl"]
        assert one.asked[0].headers["host"] == f"{name.lower()}:{one.port}"
        with pytest.raises(CallFailed, match="TLS-fout"):
            await client.get(f"https://127.0.0.1:{one.port}/")


async def test_a_client_certificate_is_shown_to_services_only(
    make_client: MakeClient, authority: Authority
) -> None:
    shown: list[object] = []

    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        shown.append(bool(writer.get_extra_info("ssl_object").getpeercert()))
        writer.write(redirect("/elders") if asked.path == "/api/weg" else reply(200))

    ours = authority.issue("client.example.nl")
    context = authority.issue("127.0.0.1").server(authority.bundle)
    async with running(context=context) as one:
        one.script = dict.fromkeys(["/api/", "/api/weg", "/elders"], script)
        client = make_client(
            one.service("/api/"),
            allowed_private_networks=LOOPBACK,
            ca_bundle=authority.bundle,
            client_certificate=ours.certificate,
            client_key=ours.key,
        )
        for path in ("/api/", "/elders", "/api/", "/api/weg"):
            assert (await client.get(one.root + path)).status == 200
    assert shown == [True, False, True, True, False]


async def test_a_neighbour_that_wants_a_client_certificate_is_a_failure(
    make_client: MakeClient, authority: Authority
) -> None:
    context = authority.issue("127.0.0.1").server(authority.bundle)
    context.verify_mode = ssl.CERT_REQUIRED
    async with running(context=context) as one:
        # With TLS 1.3 we hear of it late; its farewell may be lost when it hangs up.
        with pytest.raises(CallFailed, match=r"TLS-fout|geen verbinding|ongeldig antwoord"):
            await make_client(one.service(), ca_bundle=authority.bundle).get(f"{one.root}/")


async def test_a_neighbour_without_tls_is_a_tls_error(make_client: MakeClient) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(400))
        await reader.read()
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1") as server:
        one = Neighbour(scheme="https", port=server.sockets[0].getsockname()[1])
        with pytest.raises(CallFailed, match="TLS-fout"):
            await make_client(one.service()).get(f"{one.root}/")


async def test_a_handshake_that_never_ends_is_given_up(make_client: MakeClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = Neighbour(scheme="https", port=server.getsockname()[1])
        for limits in ({"connect_timeout": 0.2}, {"timeout": 0.2}):
            with pytest.raises(CallFailed, match="time-out"):
                await make_client(one.service(), **limits).get(f"{one.root}/")
            accepted, _ = server.accept()
            with accepted:
                accepted.settimeout(1)
                _until_closed(accepted)


async def test_a_redirect_from_https_to_http_drops_the_credentials(
    make_client: MakeClient, authority: Authority, neighbour: Neighbour
) -> None:
    async with running(context=authority.issue("127.0.0.1").server()) as one:
        neighbour.script["/b"] = reply(200)
        one.script["/a"] = redirect(f"{neighbour.root}/b")
        key = {"auth_type": "api_key", "header_key": "X-Key", "header_value": "geheim"}
        client = make_client(
            one.service(**key), neighbour.service(**key), ca_bundle=authority.bundle
        )
        assert (await client.get(f"{one.root}/a")).status == 200
        assert "x-key" in one.asked[0].headers
        assert "x-key" not in neighbour.asked[0].headers


async def test_a_redirect_from_http_to_https_on_one_host_keeps_them(
    make_client: MakeClient, authority: Authority, neighbour: Neighbour
) -> None:
    async with running(context=authority.issue("127.0.0.1").server()) as one:
        one.script["/b"] = reply(200)
        neighbour.script["/a"] = redirect(f"{one.root}/b")
        key = {"auth_type": "api_key", "header_key": "X-Key", "header_value": "geheim"}
        client = make_client(
            one.service(**key), neighbour.service(**key), ca_bundle=authority.bundle
        )
        assert (await client.get(f"{neighbour.root}/a")).status == 200
        assert "x-key" in one.asked[0].headers


def test_a_certificate_file_that_is_none_is_told_at_once(
    tmp_path: Path, authority: Authority
) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    locked = authority.issue("locked.example.nl", password=b"geheim")
    for settings in (
        OutgoingSettings(ca_bundle=tmp_path / "absent.pem"),
        OutgoingSettings(ca_bundle=nonsense),
        OutgoingSettings(client_certificate=nonsense),
        OutgoingSettings(client_certificate=locked.certificate, client_key=locked.key),
    ):
        with pytest.raises(OSError):  # noqa: PT011 (of several kinds)
            OutgoingClient(settings, list)


def test_keys_are_not_written_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    OutgoingClient(OutgoingSettings(), list)
    assert list(tmp_path.iterdir()) == []


def _until_closed(connection: socket.socket) -> None:
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
