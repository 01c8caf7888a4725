"""The fields of the problem documents (behaviour 7.1), for the OAS document only."""

from collections.abc import Mapping

from contactmomenten.fields import Field, ListOf, Plain

_FAULT_CODE = "Code van deze fout, bedoeld voor programma's."


def _text(title: str, description: str) -> Plain:
    return Plain(title=title, description=description, min_length=1, required=True)


FOUT: Mapping[str, Field] = {
    "type": Plain(title="Type", description="URL van een pagina over dit soort fouten."),
    "code": _text("Code", _FAULT_CODE),
    "title": _text("Title", "Wat alle fouten van deze soort gemeen hebben."),
    "status": Plain(title="Status", description="De HTTP-status.", type="integer", required=True),
    "detail": _text("Detail", "Wat er in dit geval aan de hand is."),
    "instance": _text(
        "Instance", "Kenmerk van deze ene fout, waarmee zij in de logs is te vinden."
    ),
}

FIELD_VALIDATION_ERROR: Mapping[str, Field] = {
    "name": _text("Name", "Het veld, met punten voor wat dieper ligt: `onderwerpLinks.0`."),
    "code": _text("Code", _FAULT_CODE),
    "reason": _text("Reason", "Uitleg voor mensen."),
}

VALIDATIE_FOUT: Mapping[str, Field] = {
    **FOUT,
    "invalidParams": ListOf(
        title="Invalid params",
        description="De velden die niet kloppen, elk met de reden.",
        item=Plain(title="", ref="FieldValidationError"),
        required=True,
    ),
}
