"""The scopes of this API (behaviour 3.1)."""

COMPONENT = "cmc"

LEZEN = "contactmomenten.lezen"
AANMAKEN = "contactmomenten.aanmaken"
BIJWERKEN = "contactmomenten.bijwerken"
VERWIJDEREN = "contactmomenten.verwijderen"
AUDITTRAILS_LEZEN = "audittrails.lezen"
# Of the webhook for the Notificaties API, which is no operation of this API.
NOTIFICATIES_PUBLICEREN = "notificaties.publiceren"

SCOPES = {
    AUDITTRAILS_LEZEN: "Audit trails opvragen, als lijst en per regel.",
    AANMAKEN: "Contactmomenten en hun relaties aanmaken.",
    BIJWERKEN: "Gegevens van contactmomenten wijzigen.",
    LEZEN: "Contactmomenten en hun relaties opvragen, als lijst en in detail.",
    VERWIJDEREN: "Contactmomenten en hun relaties verwijderen.",
}
