"""``python -m contactmomenten.configuration`` prints the JSON Schema of a configuration file."""

import json
import sys

from contactmomenten.configuration.schema import json_schema

sys.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
