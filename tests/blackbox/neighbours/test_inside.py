"""No URL that a client gives leads to the inside of the network; and how to subscribe."""

import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.expect import entries
from tests.blackbox.support.neighbour import Asked, Neighbour, Reply
from tests.blackbox.support.program import Program, environment
from tests.blackbox.support.standin import StandIn

# {port} is that of a server on loopback, which must not be reached.
TARGETS = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://user:password@127.0.0.1:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://0.0.0.0:{port}/",
    "http://10.0.0.1:{port}/",
    "http://172.16.0.1:{port}/",
    "http://192.168.0.1:{port}/",
    "http://100.64.0.1:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[fe80::1]:{port}/",
    "http://224.0.0.1:{port}/",
    "http://255.255.255.255:{port}/",
    "ftp://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
]


@pytest.fixture(scope="module")
def listener() -> Iterator[Neighbour]:
    server = Neighbour()
    yield server
    server.close()


@pytest.fixture(scope="module")
def closed(listener: Neighbour) -> Iterator[Program]:
    """Give a program that may call nothing inside but its Notificaties API."""
    configuration = clients.shared_configuration() | {
        "zgw_consumers_config_enable": True,
        "zgw_consumers": {
            "services": [
                {
                    "identifier": "nrc",
                    "label": "Notificaties API",
                    "api_root": f"{listener.origin}/nrc/api/v1/",
                    "api_type": "nrc",
                    "auth_type": "zgw",
                    "client_id": "cmc-bij-nrc",
                    "secret": "geheim-van-ons-bij-de-notificaties-api",
                }
            ]
        },
        "notifications_config_enable": True,
        "notifications_config": {"notifications_api_service_identifier": "nrc"},
    }
    env = {
        "ALLOWED_HOSTS": "*",
        "ALLOWED_PRIVATE_NETWORKS": "",
        "SITE_DOMAIN": "cmc.example.nl",
    }
    instance = Program(configuration, env)
    try:
        instance.start()
        yield instance
    finally:
        instance.remove()


@pytest.mark.parametrize("target", TARGETS)
def test_a_url_to_the_inside_is_refused_without_a_connection(
    closed: Program, http: httpx.Client, standin: StandIn, listener: Neighbour, target: str
) -> None:
    listener.forget()
    api = Api(closed.root, http, standin, clients.ALLES)
    url = target.format(port=listener.port)
    begin = time.monotonic()
    response = api.post("/contactmomenten", {"bronorganisatie": "423182687", "medewerker": url})
    assert time.monotonic() - begin < 3
    assert [entry[:2] for entry in entries(response)] == [("medewerker", "bad-url")]
    assert listener.asked == []


def test_only_what_falls_under_the_service_is_exempt(
    closed: Program, http: httpx.Client, standin: StandIn, listener: Neighbour
) -> None:
    api = Api(closed.root, http, standin, clients.ALLES)
    statuses = []
    for path in (
        "/nrc/api/v1/x",
        "/nrc/api/v1/../../../x",
        "/nrc/api/v1/%2e%2e/x",
        "/nrc/api/v2/x",
    ):
        listener.forget()
        body = {"bronorganisatie": "423182687", "medewerker": f"{listener.origin}{path}"}
        statuses.append((api.post("/contactmomenten", body).status_code, len(listener.asked)))
    assert statuses == [(201, 1), (400, 0), (400, 0), (400, 0)]


def subscribe(program: Program) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "contactmomenten", "subscribe-autorisaties"]
    command += [clients.ALLES.client_id, "--data-dir", str(program.data)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment(program.env)
    )


def test_subscribing_is_done_once_and_its_token_opens_the_webhook(
    closed: Program, http: httpx.Client, listener: Neighbour
) -> None:
    listener.forget()
    url = f"{listener.origin}/nrc/api/v1/abonnement/1"

    def answer(asked: Asked) -> Reply:
        assert (asked.method, asked.path) == ("POST", "/nrc/api/v1/abonnement")
        return Reply(201, {"url": url})

    listener.answer = answer
    first, second = subscribe(closed), subscribe(closed)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert first.stdout.startswith(f"Subscribed: {url}")
    assert second.stdout.startswith(f"Already subscribed: {url}")
    [asked] = listener.asked
    assert asked.json["callbackUrl"] == "https://cmc.example.nl/api/v1/callbacks"
    assert asked.json["kanalen"] == [{"naam": "autorisaties", "filters": {}}]
    notification = {
        "kanaal": "test",
        "hoofdObject": url,
        "resource": "test",
        "resourceUrl": url,
        "actie": "test",
        "aanmaakdatum": "2026-01-01T00:00:00Z",
    }
    headers = {"Authorization": asked.json["auth"]}
    answered = http.post(f"{closed.root}/callbacks", json=notification, headers=headers)
    assert answered.status_code == 204


def test_a_refused_subscription_is_told(closed: Program, listener: Neighbour) -> None:
    listener.forget()
    listener.answer = lambda _: Reply(403)
    closed.env["SITE_DOMAIN"] = "elders.example.nl"
    done = subscribe(closed)
    closed.env["SITE_DOMAIN"] = "cmc.example.nl"
    assert done.returncode == 1
    assert "HTTP 403" in done.stderr
    assert "Traceback" not in done.stderr
