"""People out of a pasted list: as a mail program writes them, or cells of a spreadsheet."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from eventapp.core.email import EmailError, normal_address
from eventapp.core.i18n import _
from eventapp.core.text import clean, one_line

LONGEST_NAME = 100
# How much of a line a message repeats, so that one finds it.
QUOTED = 120
DELIMITERS = ("\t", ";", ",")
GIVEN = ("given", "first", "vorname", "forename")
FAMILY = ("family", "last", "surname", "nachname")
NOBODY: Mapping[str, tuple[str, str]] = {}


@dataclass(frozen=True)
class PastedPerson:
    """Somebody out of a pasted list."""

    given_name: str
    family_name: str
    address: str


def parse_people(
    text: str, *, names: bool = True, known: Mapping[str, tuple[str, str]] = NOBODY
) -> tuple[list[PastedPerson], list[tuple[int, str]]]:
    """People from lines like `Name <address>` or cells parted by tab, semicolon or comma; and lines that are neither.

    Several people may stand in one line, parted by semicolon or comma. A line of headers is passed over, and tells which
    cells are the names. Without one the first two cells that are no address are given and family name, further ones are
    something else. Without `names`, and for who is `known`, with given and family name by address, an address alone will do.
    """
    people: list[PastedPerson] = []
    unread: list[tuple[int, str]] = []
    columns: tuple[int, int] | None = None
    for number, line in enumerate(clean(text).splitlines(), 1):
        if not line.strip():
            continue
        if number == 1 and "@" not in line and _is_header(line):
            columns = _columns(line)
            continue
        for piece in _pieces(line):
            found = _read(piece, names=names, known=known, columns=columns)
            if found is not None:
                people.append(found)
            else:
                unread.append((number, one_line(piece)))
    return people, unread


def unread_words(number: int, text: str, *, names: bool = True) -> str:
    """Which line cannot be read, and how to mend it."""
    shown = text if len(text) <= QUOTED else f"{text[:QUOTED].rstrip()} …"
    addresses = [word for word in text.replace(",", " ").replace(";", " ").split() if "@" in word]
    example = _("Write it like this: Ada Lang <ada@company.com>") if names else _("Write it like this: ada@company.com")
    if not addresses:
        return _("Line %(n)d cannot be read: %(text)s. It has no e-mail. %(example)s", n=number, text=shown, example=example)
    if len(addresses) == 1 and names and _address(addresses[0].strip("<>")):
        return _("Line %(n)d cannot be read: %(text)s. It has no name. %(example)s", n=number, text=shown, example=example)
    return _("Line %(n)d cannot be read: %(text)s. %(example)s", n=number, text=shown, example=example)


def _pieces(line: str) -> list[str]:
    """The people of a line: behind an address a comma or a semicolon begins the next one, unless it is quoted."""
    if line.count("@") < 2 or "\t" in line:
        return [line]
    pieces, begin, quoted, complete = [], 0, False, False
    for at, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == "@" and not quoted:
            complete = True
        elif sign in ",;" and complete and not quoted:
            pieces.append(line[begin:at])
            begin, complete = at + 1, False
    pieces.append(line[begin:])
    return [piece.strip() for piece in pieces if piece.strip()]


def _read(
    line: str, *, names: bool, known: Mapping[str, tuple[str, str]], columns: tuple[int, int] | None
) -> PastedPerson | None:
    named = _named_address(line)
    if named is not None:
        address = named[1]
        given, family = _split_name(named[0].strip("\"' "))
    else:
        delimiter = _delimiter(line)
        cells = [c.strip() for c in next(csv.reader(io.StringIO(line), delimiter=delimiter))] if delimiter else line.split()
        at = [c for c in cells if "@" in c]
        if len(at) != 1:
            return None
        address = at[0].strip("<>")
        given, family = _names(cells, columns if delimiter else None, every=delimiter is None)
    normal = _address(address)
    if not normal:
        return None
    if names and not (given or family):
        given, family = known.get(normal, ("", ""))
        if not (given or family):
            return None
    if len(given) > LONGEST_NAME or len(family) > LONGEST_NAME:
        return None
    return PastedPerson(one_line(given), one_line(family), normal)


def _names(cells: list[str], columns: tuple[int, int] | None, *, every: bool) -> tuple[str, str]:
    """Given and family name out of cells, or out of the words of a line, of which `every` one is a part of the name."""
    if columns is not None and len(cells) > max(columns):
        return cells[columns[0]], cells[columns[1]]
    called = [c for c in cells if c and "@" not in c]
    if len(called) > 1:
        return called[0], " ".join(called[1:]) if every else called[1]
    return _split_name("".join(called))


def _address(text: str) -> str:
    """The address in normal form; empty for what is none."""
    try:
        return normal_address(text)
    except EmailError:
        return ""


def _named_address(line: str) -> tuple[str, str] | None:
    """The parts of `Name <address>`, perhaps with a comma behind. No pattern: on a line of blanks one took for ever."""
    name, sign, rest = line.strip().rstrip(",; ").partition("<")
    address = rest.removesuffix(">").strip()
    if not sign or not rest.endswith(">") or not address or ">" in name or any(c in "<>" or c.isspace() for c in address):
        return None
    return name.strip(), address


def _split_name(name: str) -> tuple[str, str]:
    if "," in name:
        family, _comma, given = name.partition(",")
        return given.strip(), family.strip()
    given, _space, family = name.rpartition(" ")
    return (given.strip(), family.strip()) if given else (family.strip(), "")


def _delimiter(line: str) -> str | None:
    return next((d for d in DELIMITERS if d in line), None)


def _is_header(line: str) -> bool:
    return any(word in line.lower() for word in ("mail", "name", "vorname", "address"))


def _columns(header: str) -> tuple[int, int] | None:
    """Where given and family name stand by the line of headers; none if it does not say."""
    delimiter = _delimiter(header)
    cells = [cell.strip().lower() for cell in header.split(delimiter)] if delimiter else []
    given = next((n for n, cell in enumerate(cells) if any(word in cell for word in GIVEN)), None)
    family = next((n for n, cell in enumerate(cells) if any(word in cell for word in FAMILY)), None)
    return (given, family) if given is not None and family is not None else None
