"""Files and pictures given as answers: what is taken, where they are kept, and how they are given out."""

import secrets
from datetime import datetime
from typing import Any

from flask import Response, request
from sqlalchemy import ColumnElement, and_, delete, exists, select
from werkzeug.datastructures import FileStorage

from eventapp.core import pictures
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.pictures import PictureError, reencode
from eventapp.core.text import one_line
from eventapp.core.web.downloads import name_file
from eventapp.questions.models import Kind, Question
from eventapp.questions.rules.asked import Asked
from eventapp.questions.rules.values import AnswerError
from eventapp.registrations.answers import queries
from eventapp.registrations.answers.models import Answer, AnswerFile
from eventapp.registrations.models import Registration

MOST_BYTES = 900_000
# How a file of each type begins; plain text has no such mark, and holds no NUL.
ZIP = b"PK\x03\x04"
BEGINS = {"pdf": b"%PDF-", **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "zip"), ZIP)}
# The types of pictures, which no answer to a question for files has, and what they are given out as.
PICTURES = {"jpg": "image/jpeg", "png": "image/png"}
LONGEST, SMALL = 2000, 160
# A form with the largest picture that is taken.


def read(question: Asked, upload: FileStorage) -> tuple[str, str, bytes]:
    """Name, type and contents of an upload. Raises AnswerError unless it is of one of the question's types, and small enough."""
    name = one_line((upload.filename or "").replace("\\", "/").rpartition("/")[2])[-120:] or "file"
    if question.kind is Kind.PICTURE:
        return _read_picture(name, upload)
    type_ = name.rpartition(".")[2].lower()
    allowed = list(question.settings.get("types") or ["pdf"])
    content = upload.stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise AnswerError(_("The file is too large: at most %(n)d kB.", n=MOST_BYTES // 1000))
    if not content:
        raise AnswerError(_("The file is empty. Choose another."))
    good = content.startswith(BEGINS[type_]) if type_ in BEGINS else b"\x00" not in content
    if type_ not in allowed or not good:
        raise AnswerError(_("Choose a file of the type %(types)s.", types=", ".join(t.upper() for t in allowed)))
    return name, type_, content


def _read_picture(name: str, upload: FileStorage) -> tuple[str, str, bytes]:
    """The picture, drawn anew; what the sender calls its type counts for nothing."""
    try:
        picture = reencode(upload.stream.read(pictures.MOST_BYTES + 1), longest=LONGEST)
    except PictureError as error:
        raise AnswerError(str(error)) from error
    type_ = next(key for key, mime in PICTURES.items() if mime == picture.mime)
    stem = name.rpartition(".")[0] or name
    return f"{stem[:110]}.{type_}", type_, picture.data


def asks_picture(*which: ColumnElement[bool]) -> bool:
    """Whether the form of that registration asks for a picture: then its page takes more than other forms do."""
    asked = exists().where(Question.event_id == Registration.event_id, Question.kind == Kind.PICTURE, ~Question.archived)
    return db.session.scalar(select(Registration.id).where(*which, asked)) is not None


def keep(registration_id: int, question_id: int, found: tuple[str, str, bytes], at: datetime) -> dict[str, Any]:
    """Keeps what `read` has found, before the form that brought it is; returns the answer that names it."""
    name, type_, content = found
    row = AnswerFile(
        key=secrets.token_urlsafe(18),
        registration_id=registration_id,
        question_id=question_id,
        name=name,
        type=type_,
        content=content,
        uploaded_at=at,
    )
    db.session.add(row)
    db.session.flush()
    return {"id": row.key, "name": name}


def kept(registration_id: int, question_id: int, key: str) -> dict[str, Any] | None:
    """The answer that names a file which was uploaded for this very question before; none if there is no such file."""
    query = select(AnswerFile.key, AnswerFile.name).where(
        AnswerFile.key == key, AnswerFile.registration_id == registration_id, AnswerFile.question_id == question_id
    )
    row = db.session.execute(query).first() if len(key) <= 32 and key.isascii() else None
    return {"id": row.key, "name": row.name} if row else None


def download(registration: Registration, key: str, *, special: bool) -> Response:
    """The file, to be saved and never shown as a page; a picture as such, with `?small` a small one of it.

    Raises NotFoundError, without `special` also for what is confidential.
    """
    row = db.session.scalar(select(AnswerFile).where(AnswerFile.key == key, AnswerFile.registration_id == registration.id))
    if row is None:
        raise NotFoundError(key)
    if not special and row.question_id in set(
        db.session.scalars(select(Answer.question_id).where(Answer.id.in_(queries.special_answers([registration.id]))))
    ):
        raise NotFoundError(key)
    if row.type in PICTURES:
        return _shown(row)
    response = Response(bytes(row.content), content_type="application/octet-stream")
    name_file(response, row.name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _shown(row: AnswerFile) -> Response:
    """A picture of ours, for an image on a page. A browser keeps it, and asks each time whether it still may show it."""
    small = "small" in request.args
    known_as = f"{row.key}-small" if small else row.key
    content, type_ = bytes(row.content), PICTURES[row.type]
    if small and not request.if_none_match.contains(known_as):
        picture = reencode(content, longest=SMALL)
        content, type_ = picture.data, picture.mime
    response = Response(content, content_type=type_)
    response.set_etag(known_as)
    name_file(response, row.name, "inline")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


def unnamed() -> ColumnElement[bool]:
    """The condition of files that no answer names."""
    named = and_(Answer.registration_id == AnswerFile.registration_id, Answer.question_id == AnswerFile.question_id)
    return ~exists().where(named)


def forget(registration_id: int, question_id: int, except_key: str = "") -> None:
    """Deletes the files of an answer that is gone, or names another one now."""
    gone = delete(AnswerFile).where(
        AnswerFile.registration_id == registration_id, AnswerFile.question_id == question_id, AnswerFile.key != except_key
    )
    db.session.execute(gone, execution_options={"synchronize_session": "fetch"})
