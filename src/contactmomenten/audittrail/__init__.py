"""The audit trail: who changed what in a contactmoment and its relations, and when."""
