"""``python -m contactmomenten`` is the command ``contactmomenten``."""

from contactmomenten.cli import main

main()
