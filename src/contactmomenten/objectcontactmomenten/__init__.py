"""Objectcontactmomenten: which object (a zaak) a contactmoment was about."""
