"""Reads what the tests want to know from a page of HTML."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Markup(HTMLParser):
    """The ids, links, loaded files, elements and visible text of a page."""

    ids: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    loaded: set[str] = field(default_factory=set)
    elements: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.add(value or "")
            elif name == "src" or (name == "href" and tag != "a"):
                self.loaded.add(value or "")
            elif name == "href":
                self.links.add(value or "")

    def handle_data(self, data: str) -> None:
        """Note text, with its layout taken out."""
        self.text += " ".join(data.split()) + " "


def read(page: bytes | str) -> Markup:
    """Return what is on `page`."""
    markup = Markup()
    markup.feed(page if isinstance(page, str) else page.decode())
    return markup
