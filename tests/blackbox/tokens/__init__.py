"""Forged tokens, and those who try them without end."""
