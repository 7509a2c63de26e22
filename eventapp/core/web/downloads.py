"""Naming the file that an answer holds."""

import unicodedata
from typing import Literal
from urllib.parse import quote

from flask import Response


def name_file(response: Response, name: str, how: Literal["attachment", "inline"] = "attachment") -> None:
    """Says what the file is called, in whatever letters, and whether it is to be saved or shown.

    Headers hold Latin-1 at most (servers refuse others), so a name beyond ASCII is there twice: percent-encoded for browsers
    (RFC 6266, RFC 8187), and without its accents for old programs.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    if plain == name:
        response.headers.set("Content-Disposition", how, filename=name)
        return
    both = {"filename": plain if plain.rpartition(".")[0].strip() else f"file{plain.strip()}"}
    both["filename*"] = f"UTF-8''{quote(name, safe='!#$&+.^_`|~-')}"
    response.headers.set("Content-Disposition", how, **both)
