"""Texts of other tools, which are often HTML, as the Markdown that we keep."""

import re
from html.parser import HTMLParser

_LOOKS_LIKE_HTML = re.compile(r"</?(p|br|b|i|em|strong|a|ul|ol|li|h[1-6]|div|span|script)\b[^<>]*>", re.IGNORECASE)
_AROUND = {"strong": "**", "b": "**", "em": "*", "i": "*"}
_BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre"}
_SILENT = {"script", "style", "head", "title", "template"}


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.links: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """What a tag is in Markdown; only the address of a link is taken from its attributes."""
        if tag in _SILENT:
            self.silent += 1
        elif tag in _BLOCKS:
            self.found.append("\n\n")
        elif tag == "li":
            self.found.append("\n- ")
        elif tag == "br":
            self.found.append("\n")
        elif tag == "a":
            self.links.append(dict(attrs).get("href") or "")
            self.found.append("[")
        elif tag in _AROUND:
            self.found.append(_AROUND[tag])

    def handle_endtag(self, tag: str) -> None:
        """The other half."""
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in _BLOCKS:
            self.found.append("\n\n")
        elif tag == "a" and self.links:
            address = self.links.pop()
            safe = address.startswith(("https://", "http://", "mailto:")) and not re.search(r"[\s()<>]", address)
            self.found.append(f"]({address})" if safe else "]")
        elif tag in _AROUND:
            self.found.append(_AROUND[tag])

    def handle_data(self, data: str) -> None:
        """Text; what a script says is none."""
        if not self.silent:
            self.found.append(re.sub(r"\s+", " ", data))


def to_markdown(text: str) -> str:
    """HTML as Markdown, without scripts, styles and attributes; anything else as it is."""
    if not _LOOKS_LIKE_HTML.search(text):
        return text.strip()
    writer = _Writer()
    writer.feed(text)
    writer.close()
    lines = (line.strip() for line in "".join(writer.found).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
