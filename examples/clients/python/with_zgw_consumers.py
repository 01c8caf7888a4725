"""The API from a Django project, with zgw-consumers; needs zgw-consumers (and so Django).

In a project of your own these settings are there already, and the service comes out of its
database: `Service.objects.get(slug="contactmomenten")`. Here both stand in one file, to be tried:

CONTACTMOMENTEN_ROOT=https://contactmomenten.example.nl/api/v1 \
  CONTACTMOMENTEN_CLIENT_ID=portaal CONTACTMOMENTEN_SECRET=… python with_zgw_consumers.py
"""

import os

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "privates",
        "simple_certmanager",
        "solo",
        "zgw_consumers",
    ],
    USE_TZ=True,
)
django.setup()

from zgw_consumers.client import build_client  # noqa: E402 (Django has to be set up first)
from zgw_consumers.constants import APITypes, AuthTypes  # noqa: E402
from zgw_consumers.models import Service  # noqa: E402


def main() -> None:
    """Register, change, chain, find and audit."""
    service = Service(
        label="Contactmomenten API",
        slug="contactmomenten",
        api_type=APITypes.cmc,
        api_root=os.environ["CONTACTMOMENTEN_ROOT"].rstrip("/") + "/",
        auth_type=AuthTypes.zgw,
        client_id=os.environ["CONTACTMOMENTEN_CLIENT_ID"],
        secret=os.environ["CONTACTMOMENTEN_SECRET"],
        user_id="jjansen",
        user_representation="J. Jansen",
    )
    moment = {
        "bronorganisatie": "000000000",
        "kanaal": "telefoon",
        "tekst": "Vraag over de afvalkalender.",
        "medewerkerIdentificatie": {"identificatie": "m1", "achternaam": "Jansen"},
    }
    with build_client(service) as api:
        answer = api.post("contactmomenten", json=moment)
        answer.raise_for_status()
        url = answer.json()["url"]
        print("registered", url)
        print("changed", api.patch(url, json={"voorkeurskanaal": "mail"}).json()["voorkeurskanaal"])
        following = {**moment, "kanaal": "", "vorigContactmoment": url}
        after = api.post("contactmomenten", json=following)
        print("follows", after.json()["vorigContactmoment"])
        found = False
        filters = {"bronorganisatie": "000000000", "kanaal": "telefoon"}
        page = api.get("contactmomenten", params=filters).json()
        while True:
            found = found or any(one["url"] == url for one in page["results"])
            if not page["next"]:
                break
            page = api.get(page["next"]).json()
        print("found", found)
        for line in api.get(f"{url}/audittrail").json():
            print("trail", line["actie"], line["gebruikersWeergave"])
        refused = api.post("contactmomenten", json={"bronorganisatie": "12345"}).json()
        print("refused", refused["invalidParams"][0]["name"])


if __name__ == "__main__":
    main()
