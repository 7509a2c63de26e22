"""Plain text: cleaning what people type, and folding it for search and sorting."""

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\r\n\x0b\x0c]+")
_WORD = re.compile(r"[^\W_]+", re.UNICODE)

# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


def clean(value: str) -> str:
    """`value` without control characters and lone surrogates, NUL included; Postgres refuses those."""
    return _CONTROL.sub("", value)


def one_line(value: str) -> str:
    """`value` on one line: control characters gone, every run of blanks and line ends one space, ends trimmed."""
    return _SPACES.sub(" ", _CONTROL.sub(" ", value)).strip(" ")


def fold(value: str) -> str:
    """`value` for comparing and sorting: no accents, no case; "Łódź Straße" becomes "lodz strasse"."""
    if value.isascii():
        return value.lower()
    # Twice: taking letters like "𝓐" apart gives capitals again.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value.casefold()).casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return bare.translate(_LETTERS)


def words(*values: str | None) -> set[str]:
    """The folded words of all values, each at most 40 characters, for the search indexes."""
    found: set[str] = set()
    for value in values:
        if value:
            found.update(word[:40] for word in _WORD.findall(fold(value)))
    return found
