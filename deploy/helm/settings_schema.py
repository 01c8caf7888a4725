"""Bring the part `settings` of the chart's values.schema.json in line with the code: ``make docs``.

So a setting that is misspelt, or has a wrong value, is refused before anything is installed.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from contactmomenten.settings import MIGRATION, SECRET, Settings

SCHEMA: Final = Path(__file__).parent / "contactmomenten/values.schema.json"

# These have values of the chart for them, as not all pods have the same.
_OF_THE_CHART: Final = frozenset({"METRICS_HOST", "METRICS_PORT"})


def main() -> int:
    """Write the file."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    schema["properties"]["settings"] = settings()
    SCHEMA.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def settings() -> dict[str, Any]:
    """Return the JSON Schema of the settings that are no secret, and no value of the chart."""
    described = msgspec.json.schema(Settings)["$defs"]["Settings"]["properties"]
    left_out = SECRET | frozenset(MIGRATION) | _OF_THE_CHART
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: part for name, part in described.items() if name not in left_out},
    }


if __name__ == "__main__":
    sys.exit(main())
