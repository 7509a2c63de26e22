"""Texts on paper: long words get places to break, and what no font at hand prints becomes a box."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# A run of letters and signs without a place to break, as a column of a table cannot hold it. Scripts whose letters join or
# that break anywhere are left as they are.
_LONG = re.compile(r"[!-~\u00a1-\u02af\u0370-\u052f]{22,}")
_STEP = 11
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
BREAK, BOX = "\u200b", "\u25a1"
# What is no text of people: names of parts, addresses, and the hash, which is copied.
FIXED = frozenset({"lang", "href", "hash", "kind"})


def soft(text: str) -> str:
    """The same with places to break in long words, which take no room, and blanks instead of control characters."""
    return _LONG.sub(lambda found: BREAK.join(re.findall(f".{{1,{_STEP}}}", found[0])), _CONTROL.sub(" ", text))


def prepared(data: Mapping[str, Any], gone: Iterable[str]) -> dict[str, Any]:
    """A document's data with places to break, and a box for each of the characters in `gone`: typst refuses to draw them."""
    boxes = str.maketrans(dict.fromkeys(gone, BOX))

    def of(value: Any, key: str) -> Any:
        if isinstance(value, str):
            return value if key in FIXED else soft(value.translate(boxes))
        if isinstance(value, dict):
            return {name: of(one, name) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [of(one, key) for one in value]
        return value

    return {name: of(value, name) for name, value in data.items()}


def texts(data: Any) -> Iterator[str]:
    """All texts of a document's data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from texts(value)
    elif isinstance(data, list | tuple):
        for one in data:
            yield from texts(one)
