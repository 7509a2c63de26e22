"""Recordings as they come and go: what is taken for one, kept in pieces, given out piece by piece.

A file is never held as a whole. What it is says its beginning, never its name or what the sender calls it; it is given out
as one of our types, in a sandbox, so that whatever hides in it is nothing but a recording to a browser.
"""

import secrets
from collections.abc import Iterator
from typing import IO, NamedTuple

from flask import Response, current_app, request, stream_with_context
from sqlalchemy import select
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from eventapp.core.db import db, reading, rollback, table, write
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.text import one_line
from eventapp.core.web.downloads import name_file
from eventapp.training.models import Submission, SubmissionPiece

# Bytes of each piece but the last: what reading and giving out hold at a time.
PIECE = 1_000_000
# Besides the recording a form has a note and its keys.
FORM_BYTES = 100_000
_HEAD = 512
# Brands of the family of MP4 that are not plain video/mp4.
_BRANDS = {b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"qt  ": "video/quicktime"}
_PICTURES = {b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"crx "}


class Received(NamedTuple):
    """A recording that has arrived: its cleaned name, its type by its content, its bytes to read."""

    name: str
    mime: str
    stream: IO[bytes]


def most_bytes() -> int:
    """How large a recording may be, in bytes, by the setting of the installation."""
    return int(current_app.config["SETTINGS"].recording_mb) * 1_000_000


def received(file_name: str | None, stream: IO[bytes]) -> Received:
    """What was sent. Raises RuleError with 422 unless it is video or sound, and small enough."""
    stream.seek(0, 2)
    size = stream.tell()
    if size == 0:
        raise RuleError(_("The file is empty. Choose another."), "file", 422)
    if size > most_bytes():
        raise RuleError(_("The recording is too large: at most %(n)s MB.", n=most_bytes() // 1_000_000), "file", 422)
    stream.seek(0)
    mime = type_of(stream.read(_HEAD))
    stream.seek(0)
    if mime is None:
        raise RuleError(_("This is no recording that we know. Choose MP4, MOV, WebM, MP3, M4A, WAV, Ogg or FLAC."), "file", 422)
    name = one_line((file_name or "").replace("\\", "/").rpartition("/")[2])[-120:] or "recording"
    return Received(name, mime, stream)


def type_of(head: bytes) -> str | None:
    """The media type by the first bytes of a file; none for what is no video or sound that browsers play."""
    if head[4:8] == b"ftyp":
        return None if head[8:12] in _PICTURES else _BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska" if b"matroska" in head[:64] else None
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head else "audio/ogg"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "audio/wav"
    if head.startswith(b"fLaC"):
        return "audio/flac"
    if head.startswith(b"ID3") or _is_frame(head):
        return "audio/mpeg"
    return "audio/aac" if len(head) > 2 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0 else None


def _is_frame(head: bytes) -> bool:
    """Whether a frame of MP3 begins here: a layer, a bit rate and a sample rate that exist."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    return version != 1 and layer == 1 and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3


def new_key() -> str:
    """The random part of a recording's address."""
    return secrets.token_urlsafe(18)


def keep(submission_id: int, stream: IO[bytes]) -> int:
    """Writes a stream down in pieces and returns its bytes."""
    insert, size, number = table(SubmissionPiece).insert(), 0, 0
    while piece := stream.read(PIECE):
        write(insert, {"submission_id": submission_id, "number": number, "content": piece})
        size, number = size + len(piece), number + 1
    return size


def _pieces(submission_id: int, first: int, last: int) -> Iterator[bytes]:
    """The bytes from `first` to `last` (both are in), each piece in a transaction of its own: whoever reads slowly holds none."""
    for number in range(first // PIECE, last // PIECE + 1):
        query = select(SubmissionPiece.content).where(
            SubmissionPiece.submission_id == submission_id, SubmissionPiece.number == number
        )
        with reading():
            content = db.session.scalar(query)
            rollback()
        if content is None:
            return  # replaced meanwhile: the length that was promised tells the browser that something is missing
        start = number * PIECE
        yield bytes(content)[max(first - start, 0) : last - start + 1]


def send(submission: Submission) -> Response:
    """A recording, whole or the range that the browser asks for while it plays; with `?save` to be saved."""
    size, first, last = submission.size, 0, submission.size - 1
    status = 200
    asked = request.range
    if asked is not None and asked.units == "bytes" and len(asked.ranges) == 1:
        found = asked.range_for_length(size)
        if found is None:
            raise RequestedRangeNotSatisfiable(length=size)
        first, last, status = found[0], found[1] - 1, 206
    chunks = _pieces(submission.id, first, last) if request.method == "GET" else iter(())
    response = Response(stream_with_context(chunks), status=status, content_type=submission.mime)
    response.headers["Content-Length"] = str(last - first + 1)
    response.headers["Accept-Ranges"] = "bytes"
    if status == 206:
        response.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    name_file(response, submission.name, "attachment" if "save" in request.args else "inline")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response
