"""Play with the API and everything around it: ``make play``.

Starts stand-ins of the Zaken, Klanten, Autorisaties and Notificaties API on loopback, and this
program beside them, configured for all of them, on a database in a temporary folder. Settings in
the environment are not used. Ctrl-C ends it.
"""

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

from contactmomenten.autorisaties.tokens import make_token
from contactmomenten.settings import without_settings
from play.neighbours import Neighbours
from play.registers import AUTORISATIES, KLANTEN, LEZER, NOTIFICATIES, ZAKEN

SPELER: Final = "speler"
ZAKEN_CLIENT: Final = "zaken-api"
NOTIFICATIES_CLIENT: Final = "notificaties-api"


def main() -> int:
    """Run the play until Ctrl-C; return the exit code of the program."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    key = secrets.token_urlsafe(48)
    neighbours = Neighbours(arguments.neighbours_port, lambda: make_token(ZAKEN_CLIENT, key))
    with tempfile.TemporaryDirectory(prefix="contactmomenten-play-") as folder:
        Path(folder).chmod(0o755)
        file = Path(folder, "configuration.yaml")
        file.write_text(json.dumps(configuration(neighbours.origin, key)), "utf-8")
        root = f"http://127.0.0.1:{arguments.port}"
        program = subprocess.Popen(  # noqa: S603 (the program itself)
            [
                *(sys.executable, "-m", "contactmomenten", "serve", "--port", str(arguments.port)),
                *("--data-dir", str(Path(folder, "data")), "--config", str(file)),
            ],
            env=_environment(root),
        )
        try:
            if _ready(program, root):
                _prepare(root, folder)
                print(_explanation(neighbours, root, key), flush=True)  # noqa: T201
            return program.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            program.terminate()
            program.wait()
            neighbours.shutdown()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m play", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="port of this API")
    parser.add_argument(
        "--neighbours-port", type=int, default=8010, help="port of the stand-ins (0: a free one)"
    )
    return parser.parse_args()


def configuration(origin: str, key: str) -> dict[str, Any]:
    """Return a configuration for stand-ins at `origin`; all secrets are `key`."""
    services = [
        ("zaken", "zrc", ZAKEN),
        ("klanten", "kc", KLANTEN),
        ("autorisaties", "ac", AUTORISATIES),
        ("notificaties", "nrc", NOTIFICATIES),
    ]
    return {
        "vng_api_common_credentials_config_enable": True,
        "vng_api_common_credentials": {
            "items": [
                {"identifier": client, "secret": key}
                for client in (SPELER, LEZER, ZAKEN_CLIENT, NOTIFICATIES_CLIENT)
            ]
        },
        "vng_api_common_applicaties_config_enable": True,
        "vng_api_common_applicaties": {
            "items": [
                {
                    "uuid": "5f0b4f5e-3c0c-4a55-8f2b-9c3f0a2d7e01",
                    "label": "Speler",
                    "client_ids": [SPELER, ZAKEN_CLIENT],
                    "heeft_alle_autorisaties": True,
                },
                {
                    "uuid": "c4e0b6a8-1d5b-4f3c-9a57-0e8d2f6b3c03",
                    "label": "Notificaties API",
                    "client_ids": [NOTIFICATIES_CLIENT],
                    "autorisaties": [{"component": "cmc", "scopes": ["notificaties.publiceren"]}],
                },
            ]
        },
        "zgw_consumers_config_enable": True,
        "zgw_consumers": {
            "services": [
                {
                    "identifier": f"{name}-api",
                    "label": f"{name.capitalize()} API",
                    "api_root": f"{origin}{path}",
                    "api_type": kind,
                    "client_id": "contactmomenten",
                    "secret": key,
                }
                for name, kind, path in services
            ]
        },
        "notifications_config_enable": True,
        "notifications_config": {"notifications_api_service_identifier": "notificaties-api"},
        "autorisaties_config_enable": True,
        "autorisaties_config": {"autorisaties_api_service_identifier": "autorisaties-api"},
    }


def _environment(root: str) -> dict[str, str]:
    """Return the environment of the program; what a person has set is for another database."""
    return {
        **without_settings(os.environ),
        "ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
        "SITE_DOMAIN": root.removeprefix("http://"),
        "IS_HTTPS": "false",
    }


def _ready(program: "subprocess.Popen[bytes]", root: str) -> bool:
    """Wait until the program answers; False when it ended instead."""
    while program.poll() is None:
        try:
            urllib.request.urlopen(f"{root}/", timeout=5).close()  # noqa: S310 (our own)
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def _prepare(root: str, folder: str) -> None:
    """Register the kanaal and have the Notificaties API tell of changed rights."""
    for command in (["register-kanaal"], ["subscribe-autorisaties", NOTIFICATIES_CLIENT]):
        subprocess.run(  # noqa: S603 (the program itself)
            [
                *(sys.executable, "-m", "contactmomenten", *command),
                *("--data-dir", str(Path(folder, "data"))),
            ],
            env=_environment(root),
            check=True,
        )


def _explanation(neighbours: Neighbours, root: str, key: str) -> str:
    registers = neighbours.registers
    speler = make_token(SPELER, key, user_id="speler", user_representation="Speler")
    lezer = make_token(LEZER, key, user_id="lezer", user_representation="Lezer")
    return f"""
Stand-ins at {neighbours.origin}:
  a zaak              {registers.zaak}
  a klant             {registers.klant}
  a medewerker        {registers.medewerker}
  notifications       {neighbours.origin}{NOTIFICATIES}ontvangen
  applications        {neighbours.origin}{AUTORISATIES}applicaties

Copy these lines first (tokens are good for an hour):

T='{speler}'
L='{lezer}'
C={root}/api/v1; N={neighbours.origin}
J='Content-Type: application/json'
export CONTACTMOMENTEN_ROOT=$C CONTACTMOMENTEN_CLIENT_ID={SPELER} CONTACTMOMENTEN_SECRET={key}

The last one is for the example clients and the collection in examples/.

A contactmoment, with a medewerker that is looked up (cm-003):

M=$(curl -s $C/contactmomenten -H "Authorization: Bearer $T" -H "$J" \\
  -d '{{"bronorganisatie":"000000000","kanaal":"mail","medewerker":"{registers.medewerker}"}}' \\
  | python3 -c 'import json,sys; print(json.load(sys.stdin)["url"])'); echo $M

A klant (cm-004; change the URL and see it refused):

curl -s $C/klantcontactmomenten -H "Authorization: Bearer $T" -H "$J" \\
  -d '{{"contactmoment":"'$M'","klant":"{registers.klant}","rol":"belanghebbende"}}'

A zaak, by the Zaken API, which tells it here (cm-005, cm-006):

curl -s $N{ZAKEN}zaakcontactmomenten -d '{{"zaak":"{registers.zaak}","contactmoment":"'$M'"}}'

What was told to the Notificaties API, and who changed what:

curl -s $N{NOTIFICATIES}ontvangen
curl -s $M/audittrail -H "Authorization: Bearer $T"

A client with rights from the Autorisaties API, that may read and not write:

curl -s $C/contactmomenten -H "Authorization: Bearer $L"
curl -s $C/contactmomenten -H "Authorization: Bearer $L" -H "$J" -d '{{}}'

Ctrl-C ends it; nothing is kept.
"""


if __name__ == "__main__":
    sys.exit(main())
