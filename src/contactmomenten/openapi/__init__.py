"""The OAS document, made from the route table and the field tables of the resources.

Nothing of the standard's own document is read or copied: the tables say what is served, and a
contract test holds the outcome against the standard.
"""

from contactmomenten.openapi.document import document
from contactmomenten.openapi.serialised import OAS_VERSION, Documents, documents

__all__ = ["OAS_VERSION", "Documents", "document", "documents"]
