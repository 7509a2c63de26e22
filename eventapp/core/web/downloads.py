"""Files as answers: tables in the format that was asked for, and how a file is named."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from flask import Response, abort, request
from werkzeug.wsgi import FileWrapper

from eventapp.core import exports


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


def asked_format() -> str:
    """The format in which the form asks for a file, one of `exports.FORMATS`; another is no request of our pages (400)."""
    name = request.form.get("format", "excel-eu")
    if name not in exports.FORMATS:
        abort(400)
    return name


def table_file(
    rows: Iterable[Sequence[Any]],
    columns: Sequence[exports.ExportColumn],
    name: str,
    *,
    of: str,
    content: str,
    title: str,
    zone: str,
    at: datetime,
) -> Response:
    """A table as a file in the format `name`, one of `exports.FORMATS`.

    It is called after what it is `of`, its content and the time; `title` names the sheet of an XLSX, `zone` is that of its
    times.
    """
    file = exports.make(rows, columns, name, title=title, zone=zone)
    response = Response(FileWrapper(file, 65536), content_type=exports.FORMATS[name][1])
    response.content_length = file.seek(0, 2)
    file.seek(0)
    response.headers["Content-Disposition"] = f'attachment; filename="{exports.file_name(of, content, name, at)}"'
    return response
