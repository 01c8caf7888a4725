from contactmomenten.fields import Plain


def test_only_what_is_stated_is_in_the_schema() -> None:
    field = Plain(title="T", enum=("a",), max_length=2, minimum=0, format="uri")
    assert field.schema() == {
        "title": "T",
        "type": "string",
        "format": "uri",
        "enum": ["a"],
        "maxLength": 2,
        "minimum": 0,
    }


def test_a_reference_stands_alone() -> None:
    field = Plain(title="T", description="D", ref="Thing")
    assert field.schema() == {"$ref": "#/components/schemas/Thing"}
