"""Certificates as answers to download: PDF, badge, and many at once as a ZIP that is written while it is sent."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date

from flask import Response, stream_with_context

from eventapp.core.db import db, reading, rollback
from eventapp.training.certificates import badges, mails, queries
from eventapp.training.certificates.printing import certificate_pdf, file_name, transcript_pdf
from eventapp.training.models import Certificate

PORTION = 50


def _attached(data: bytes | Iterator[bytes], content_type: str, name: str) -> Response:
    response = Response(data, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def pdf(certificate: Certificate, today: date) -> Response:
    """A certificate on paper."""
    return _attached(certificate_pdf(certificate, today), "application/pdf", file_name(certificate, "pdf"))


def badge(certificate: Certificate) -> Response:
    """A certificate as a signed badge, a file that wallets and verifiers take."""
    address = mails.addresses([certificate.person_id]).get(certificate.person_id, "")
    return _attached(badges.signed(certificate, address).encode(), "application/vc+jwt", file_name(certificate, "jwt"))


def transcript(name: str, certificates: Sequence[Certificate], today: date) -> Response:
    """All certificates of somebody on paper."""
    return _attached(transcript_pdf(name, certificates, today), "application/pdf", f"transcript-{today.isoformat()}.pdf")


def zipped(ids: Sequence[int], today: date, name: str) -> Response:
    """Many certificates as PDFs in one file. The first bytes leave at once, and memory holds one document at a time."""
    return _attached(stream_with_context(zip_chunks(ids, today)), "application/zip", f"{name}.zip")


class _Sink(io.RawIOBase):
    """Where the ZIP is written to: what has come in is taken out again at once."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        before = len(self.kept)
        self.kept += memoryview(data)  # type: ignore[arg-type] # bytes, by the contract of files
        return len(self.kept) - before

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        data, self.kept = bytes(self.kept), bytearray()
        return data


def zip_chunks(ids: Sequence[int], today: date) -> Iterator[bytes]:
    """The bytes of the ZIP, a chunk for each document. PDFs are compressed already, so they are only stored."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for start in range(0, len(ids), PORTION):
            with reading():
                rollback()
                found = queries.chosen(ids[start : start + PORTION])
                db.session.expunge_all()
                rollback()
            for one in found:
                archive.writestr(file_name(one, "pdf"), certificate_pdf(one, today))
                yield sink.taken()
    yield sink.taken()
