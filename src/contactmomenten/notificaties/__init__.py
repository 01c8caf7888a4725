"""Notificaties: what the Notificaties API must hear of each change (behaviour 10)."""
