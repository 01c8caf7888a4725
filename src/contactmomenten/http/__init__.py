"""The HTTP machinery that all operations share; nothing here knows a contactmoment."""
