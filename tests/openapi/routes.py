"""The route table that these tests describe: that of the program."""

from contactmomenten.app import ROUTES

__all__ = ["ROUTES"]
