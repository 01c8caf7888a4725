"""What people read in a browser: the pages, and the OAS document in its served forms."""

from contactmomenten.pages.routes import answer

__all__ = ["answer"]
