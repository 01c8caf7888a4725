"""Print docs/api-design-rules.md: ``python -m tests.blackbox.api_design_rules``."""

import sys

from .page import page

if __name__ == "__main__":
    sys.stdout.write(page())
