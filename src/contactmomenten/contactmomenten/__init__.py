"""Contactmomenten: the conversations themselves, and the chain that they form."""
