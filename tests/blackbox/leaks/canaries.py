"""Values that occur nowhere else, and what finds them in anything."""

import base64
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

# What opens something: seen nowhere, by nobody.
SECRETS: Final[Mapping[str, str]] = {
    "key of the installation": "kanarie-sleutel-Aq7Zr2Lw9x",
    "secret of a client": "kanarie-geheim-van-client-Bt5Xk8Mv1c",
    "second secret of a client": "kanarie-tweede-geheim-Cn3Wj6Pq4d",
    "secret of a client from the environment": "kanarie-geheim-uit-omgeving-Dm9Vh2Rs7e",
    "secret of a client from a file": "kanarie-geheim-uit-bestand-Ef4Ug5Ty8f",
    "secret of a service": "kanarie-geheim-van-dienst-Fk6Tf1Ux3g",
    "secret of the notifications API": "kanarie-geheim-van-nrc-Gj8Se4Vz2h",
    "secret of the authorisations API": "kanarie-geheim-van-ac-Hi2Rd7Wy5j",
    "header value of a service": "kanarie-kopwaarde-Ih5Qc3Xb6k",
    "secret of no client": "kanarie-verkeerd-geheim-Jg7Pb9Yc1l",
    "password in a URL": "kanarie-wachtwoord-in-url-Kf1Oa6Zd4m",
    "header for the collector": "kanarie-kop-voor-verzamelaar-Mg4Nz9Bf8p",
    "password of a database": "kanarie-wachtwoord-databank-Le3Nz8Ae7n",
}

# What tells of a person: in the database and in what is answered to who may read it.
PEOPLE: Final[Mapping[str, str]] = {
    "BSN": "247813659",
    "BSN in a klant URL": "518264739",
    "BSN in a query string": "736195284",
    "tekst": "kanarietekst-Mz2Ly4Bf9o",
    "name of a medewerker": "kanarienaam-Nx6Kw1Cg3p",
    "URL of a klant": "kanarieklant-Ov8Ju5Dh2q",
    "URL of a medewerker": "kanariemedewerker-Pt4It7Ei6r",
    "URL of an object": "kanariezaak-Qs1Hs3Fj8s",
    "URL of an onderwerp": "kanarieonderwerp-Rq5Gr9Gk4t",
    "user of a token": "kanariegebruiker-So9Fq2Hl7u",
    "name of the user of a token": "kanariegebruikersnaam-Tm3Ep6Im1v",
    "toelichting": "kanarietoelichting-Uk7Do8Jn5w",
    "header of a request": "kanariekop-Vi2Cn4Ko9x",
    "method of a request": "KANARIEMETHODE",
    "name of a parameter": "kanarieparameter-Wg6Bm1Lp3y",
    "answer of a neighbour": "kanarieantwoord-Xe8Al5Mq7z",
}

# Those of one run, such as the tokens that were shown.
Canaries = Mapping[str, str]


def forms(value: str) -> set[bytes]:
    """Return how a value may look: plain, in a URL, in JSON, or somewhere inside base64."""
    raw = value.encode()
    found = {raw, quote(value, safe="").encode(), json.dumps(value)[1:-1].encode()}
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + raw)
        # The first and last characters depend on what is around it.
        inner = encoded[4 if shift else 0 : -4]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def hits(canaries: Canaries, content: bytes) -> dict[str, str]:
    """Return which canaries are in `content`, each with the text around it."""
    found = {}
    for name, value in canaries.items():
        for form in forms(value):
            place = content.find(form)
            if place >= 0:
                around = content[max(0, place - 150) : place + len(form) + 60]
                found[name] = around.decode(errors="replace")
    return found
