"""Realistic contactmomenten in any number, to try the program with and to measure it.

All of it follows from a seed: `world` makes the organisations and their people, `parts` the
contactmomenten with all that belongs to them, `loading` puts them in the database.
"""
