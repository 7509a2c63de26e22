"""Recordings for tests: files that begin as those of each kind do, and hold nothing that could be played."""

import io

WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"
MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"
KINDS = {
    "video/webm": WEBM,
    "video/mp4": MP4,
    "video/quicktime": b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00",
    "audio/mp4": b"\x00\x00\x00\x20ftypM4A \x00\x00\x02\x00",
    "video/x-matroska": b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\x82\x88matroska",
    "audio/ogg": b"OggS\x00\x02" + b"\x00" * 20 + b"OpusHead",
    "video/ogg": b"OggS\x00\x02" + b"\x00" * 20 + b"\x80theora",
    "audio/wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "audio/flac": b"fLaC\x00\x00\x00\x22",
    "audio/mpeg": b"ID3\x04\x00\x00\x00\x00\x00\x00",
    "audio/aac": b"\xff\xf1\x50\x80",
}
NOT_RECORDINGS = {
    "page": b"<!doctype html><script>alert(1)</script>",
    "picture": b"\x89PNG\r\n\x1a\n",
    "drawing": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "photo": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
    "program": b"MZ\x90\x00",
    "archive": b"PK\x03\x04",
    "text": b"hello",
}


def recording(size: int = 64, kind: str = "video/webm") -> io.BytesIO:
    """A file of that kind with about so many bytes."""
    head = KINDS[kind]
    return io.BytesIO(head + bytes(range(256)) * (max(0, size - len(head)) // 256 + 1))
