"""Material of sessions: links, and files that are only ever given out to be saved. In the caller's transaction."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import IO

from flask import Response
from sqlalchemy import func, select

from eventapp.agenda.models import AgendaSession, MaterialMoment, SessionMaterial
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.text import one_line
from eventapp.core.web.downloads import name_file

MOST_BYTES = 900_000
MOST_MATERIAL = 20
# How a file of each type begins.
_ZIP = b"PK\x03\x04"
BEGINS = {"pdf": b"%PDF-", **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp", "zip"), _ZIP)}


def read(file_name: str | None, stream: IO[bytes], taken: Mapping[str, bytes] = BEGINS) -> tuple[str, bytes]:
    """Name and contents of an upload. Raises RuleError unless it is of a type that we take, and small enough.

    `taken` says how a file of each type begins.
    """
    name = one_line((file_name or "").replace("\\", "/").rpartition("/")[2])[-120:] or "file"
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise RuleError(_("The file is too large: at most %(n)s kB. Give a link instead.", n=MOST_BYTES // 1000), "file", 422)
    begin = taken.get(name.rpartition(".")[2].lower())
    if begin is None or not content.startswith(begin):
        types = ", ".join(key.upper() for key in taken)
        raise RuleError(_("Choose a file of the type %(types)s.", types=types), "file", 422)
    return name, content


def add(
    session: AgendaSession,
    title: str,
    *,
    moment: MaterialMoment,
    is_public: bool,
    url: str,
    file: tuple[str, bytes] | None,
    by: Actor,
    at: datetime,
) -> SessionMaterial:
    """Adds a link or a file. Raises RuleError for both, for neither, and beyond MOST_MATERIAL."""
    if bool(url) == (file is not None):
        raise RuleError(_("Give either a link or a file."), "url", 422)
    count, last = db.session.execute(
        select(func.count(), func.max(SessionMaterial.position)).where(SessionMaterial.session_id == session.id)
    ).one()
    if count >= MOST_MATERIAL:
        raise RuleError(_("%(n)s pieces of material are enough for one session.", n=MOST_MATERIAL), "title")
    made = SessionMaterial(
        session_id=session.id,
        position=(last or 0) + 1,
        moment=moment,
        title=title,
        url=url,
        key=secrets.token_urlsafe(18) if file else None,
        name=file[0] if file else "",
        content=file[1] if file else None,
        is_public=is_public,
    )
    db.session.add(made)
    db.session.flush()
    _record(session, {"material": title}, by, at)
    return made


def remove(session: AgendaSession, material: SessionMaterial, *, by: Actor, at: datetime) -> None:
    """Deletes material."""
    _record(session, {"material": [material.title, ""]}, by, at)
    db.session.delete(material)
    db.session.flush()


def download(material: SessionMaterial) -> Response:
    """The file, to be saved and never shown as a page."""
    response = Response(bytes(material.content or b""), content_type="application/octet-stream")
    name_file(response, material.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _record(session: AgendaSession, changes: dict[str, object], by: Actor, at: datetime) -> None:
    record(
        "agenda.change_session",
        by=by,
        at=at,
        object_type="session",
        object_id=session.id,
        object_name=session.title,
        event_id=session.event_id,
        changes=changes,
    )
