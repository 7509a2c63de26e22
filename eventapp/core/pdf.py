"""Documents as PDF, typeset by typst from our own templates in `templates/documents/`.

A template gets its data as JSON through `sys.inputs`, so that nothing in it can be taken for markup; its first line is
`#let data = json(bytes(sys.inputs.data))`. Files are read below that folder alone, and nothing comes from the network.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from flask import current_app

from eventapp.settings import ROOT

FOLDER = ROOT / "templates" / "documents"
# What no font has: its glyph is the one that stands for all missing ones.
NOBODY_HAS = "\U0010fffd"
# Characters that were found in a font at hand. What is missing is looked for again: fonts may be added.
_printable: set[str] = set()
_OUTLINES = re.compile(rb'<path[^>]* d="([^"]*)"')


def _fonts() -> Any:
    """All fonts at hand: those of the instance, of the system, and of typst itself."""
    folder = Path(current_app.config["SETTINGS"].instance) / "fonts"
    return _found(str(folder) if folder.is_dir() else "", folder.stat().st_mtime if folder.is_dir() else 0.0)


@lru_cache(maxsize=2)
def _found(folder: str, _changed: float) -> Any:
    """Looked for once, until the instance's folder changes: that takes longer than a page does."""
    import typst  # as late as in `_compile`

    return typst.Fonts(font_paths=[folder] if folder else [])


def _compile(name: str, data: Any, **options: Any) -> Any:
    # Here, not above: the library takes 80 MB, which only who makes documents needs.
    import typst

    inputs = {"data": json.dumps(data, ensure_ascii=False, default=str)}
    return typst.compile(str(FOLDER / name), root=str(FOLDER), sys_inputs=inputs, font_paths=_fonts(), **options)


def typeset(name: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of the document `name` (a file of `templates/documents/`), tagged for screen readers (PDF/UA-1).

    Signs that no font draws together (a mark of one script on a letter of another) are refused by that standard, although
    each of them can be printed alone: such a document is made without its promise, and shows boxes there.
    """
    import typst  # as late as in `_compile`

    try:
        return cast(bytes, _compile(name, data, format="pdf", pdf_standards=["ua-1"]))
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        return cast(bytes, _compile(name, data, format="pdf"))


def pictures(name: str, data: Mapping[str, Any], *, per_inch: int = 72) -> Sequence[bytes]:
    """The same document as pictures, a PNG for each page: for previews."""
    drawn = _compile(name, data, format="png", ppi=per_inch)
    return drawn if isinstance(drawn, list) else [drawn]


def missing_glyphs(text: str) -> list[str]:
    """The characters of a text that no font at hand can print, each once, in their order: they would vanish, or be boxes.

    typst says nothing about them, so each character is drawn and compared with what it draws for one that nobody has.
    """
    characters = list(dict.fromkeys(character for character in text if not character.isspace()))
    if not characters:
        return []
    drawn = _compile("glyphs.typ", [NOBODY_HAS, *characters], format="svg")
    box, *found = (_OUTLINES.findall(page) for page in drawn)
    return [character for character, outlines in zip(characters, found, strict=True) if outlines == box]


def unprintable(texts: Iterable[str]) -> set[str]:
    """The characters in these texts that no font at hand can print. Those that can be are looked for once in a process."""
    asked = {character for text in texts for character in text} - _printable
    gone = set(missing_glyphs("".join(sorted(asked)))) if asked else set()
    _printable.update(asked - gone)
    return gone
