"""Klantcontactmomenten: which customer took part in a contactmoment, and in which role."""
