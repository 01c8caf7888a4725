"""The Dutch Contactmomenten API 1.0.0, as one program."""

__version__ = "0.1.0"
