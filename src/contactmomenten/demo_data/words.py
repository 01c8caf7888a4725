"""The words that the demo data is made of.

None of them holds a backslash or a control character, so that they may stand in the text format of
COPY as they are.
"""

from typing import Final

GEMEENTEN: Final = (
    "Waterrijk",
    "Heuvelbeek",
    "Noorderveen",
    "Zandwijk",
    "Oosterdijk",
    "Lindenborgh",
    "Meerbrug",
    "Duinkerk aan Zee",
    "Westerhage",
    "Rietmeer",
    "Boskoord",
    "Kastanjedal",
    "Vlietstede",
    "Hoogmolen",
    "Beekzicht",
    "Zuiderpolder",
    "Eikenrode",
    "Graslanden",
    "Sluisoord",
    "Klaverdrecht",
)

# With how often each is used, in per cent.
KANALEN: Final = {
    "telefoon": 46,
    "e-mail": 21,
    "balie": 13,
    "chat": 8,
    "webformulier": 5,
    "post": 4,
    "whatsapp": 2,
    "social media": 1,
}
VOORKEURSKANALEN: Final = {
    "": 52,
    "telefoon": 19,
    "e-mail": 17,
    "balie": 3,
    "chat": 3,
    "whatsapp": 3,
    "post": 3,
}
VOORKEURSTALEN: Final = {"nld": 84, "": 10, "eng": 3, "tur": 1, "ara": 1, "pol": 1}
INITIATIEFNEMERS: Final = {"klant": 79, "gemeente": 11, "": 10}
ROLLEN: Final = ("gesprekspartner", "belanghebbende")

ACHTERNAMEN: Final = (
    *(("", name) for name in ("Jansen", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos")),
    *(("", name) for name in ("Vos", "Peters", "Hendriks", "Dekker", "Brouwer", "Koster")),
    *(("", name) for name in ("Yilmaz", "Kaya", "Bouzid", "Ramdin", "Nguyen", "Kowalski")),
    *(("", name) for name in ("Prinsen", "Schouten", "Willems", "Hoekstra", "Postma", "Daniël")),
    *(("de", name) for name in ("Vries", "Jong", "Boer", "Groot", "Wit", "Graaf", "Koning")),
    *(("van", name) for name in ("Dijk", "Dam", "Leeuwen", "Vliet", "Loon", "Beek")),
    *(("van den", name) for name in ("Berg", "Bosch", "Broek", "Heuvel")),
    *(("van der", name) for name in ("Meer", "Linden", "Veen", "Wal", "Heijden")),
    ("ten", "Brink"),
    ("ter", "Horst"),
    ("el", "Amrani"),
)
LETTERS: Final = "ABCDEFGHIJKLMNOPRSTVWYZ"

# A product with its article, as it follows on "over"; the last word names it in a URL.
PRODUCTEN: Final = (
    "een paspoort",
    "een identiteitskaart",
    "een rijbewijs",
    "een uittreksel",
    "een verhuizing",
    "een geboorteaangifte",
    "een huwelijk",
    "een naturalisatie",
    "een verklaring-omtrent-gedrag",
    "een parkeervergunning",
    "een gehandicaptenparkeerkaart",
    "een omgevingsvergunning",
    "een kapvergunning",
    "een evenementenvergunning",
    "een standplaats",
    "een terrasvergunning",
    "de afvalkalender",
    "een ondergrondse-container",
    "het grofvuil",
    "de milieustraat",
    "een gft-bak",
    "een losse-stoeptegel",
    "de straatverlichting",
    "een omgevallen-boom",
    "zwerfvuil",
    "geluidsoverlast",
    "een speeltuin",
    "het hondenbeleid",
    "de onroerendezaakbelasting",
    "de afvalstoffenheffing",
    "een kwijtschelding",
    "de WOZ-waarde",
    "de hondenbelasting",
    "een bijstandsuitkering",
    "de energietoeslag",
    "de individuele-inkomenstoeslag",
    "schuldhulpverlening",
    "huishoudelijke-hulp",
    "een scootmobiel",
    "het leerlingenvervoer",
    "jeugdhulp",
    "een urgentieverklaring",
    "een starterslening",
    "de inburgering",
    "een laadpaal",
    "een woningsplitsing",
    "de begraafplaats",
    "een bezwaarschrift",
    "een klacht",
    "de verkiezingen",
)

# What is asked about a product: the word in the URL, and the sentences to choose from.
VRAGEN: Final = {
    "aanvragen": (
        "Wil weten hoe een aanvraag over {} in zijn werk gaat.",
        "Vraagt welke stukken nodig zijn voor een aanvraag over {}.",
        "Wil graag een afspraak maken over {}.",
        "Heeft hulp nodig bij het digitale formulier over {}.",
    ),
    "kosten": (
        "Vraag over de kosten die horen bij {}.",
        "Is het niet eens met het bedrag dat in rekening is gebracht voor {}.",
        "Wil in termijnen betalen en vraagt of dat kan bij {}.",
        "Heeft twee keer een rekening gekregen over {}.",
    ),
    "status": (
        "Vraagt hoe het staat met de eerdere melding over {}.",
        "Belt na over {}, omdat er na drie weken nog geen bericht was.",
        "Heeft een brief gekregen over {} en begrijpt die niet.",
        "Wil weten wanneer er een besluit komt over {}.",
    ),
    "melding": (
        "Geeft een verandering door over {}.",
        "Is ontevreden over de manier waarop is omgegaan met {}.",
        "Meldt een probleem met de informatie op de website over {}.",
        "Geeft een compliment over de snelle afhandeling van een vraag over {}.",
    ),
}

# What may follow; {} is the number of a zaak.
VERVOLGEN: Final = (
    "De situatie is besproken en de gegevens zijn gecontroleerd.",
    "Verwezen naar de uitleg op de website, en de link gemaild.",
    "Er is een afspraak gemaakt aan de balie voor volgende week.",
    "Het gaat om zaak {}.",
    "Staat geregistreerd onder nummer {}.",
    "Terugbelverzoek aangemaakt voor de vakafdeling, binnen twee werkdagen.",
    "De klant spreekt weinig Nederlands; een familielid heeft vertaald.",
    "Had hierover vorige maand ook al contact, zie zaak {}.",
    "De stukken zijn niet compleet: een recente loonstrook ontbreekt nog.",
    "Doorverbonden met een collega van het wijkteam.",
    "De melding is doorgezet naar de buitendienst.",
    "Uitgelegd dat de wettelijke termijn acht weken is.",
    "De klant stuurt de gevraagde bewijsstukken nog na.",
    "Gevraagd om de brief met kenmerk {} mee te nemen.",
    "De coördinator is op de hoogte gebracht.",
    "Het adres bleek niet te kloppen en is aangepast.",
)
SLOTZINNEN: Final = (
    "Vraag beantwoord.",
    "Klant was tevreden met het antwoord.",
    "Klant wacht het bericht af.",
    "Geen verdere actie nodig.",
    "Klant neemt zelf weer contact op als het nodig is.",
    "Bevestiging is per e-mail gestuurd.",
)
