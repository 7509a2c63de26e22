"""Pictures that people send: drawn anew, so that nothing but a picture is kept, and no larger than it is shown.

What was sent is never given out again. Whatever hides in it (scripts, places where it was taken, a page behind the
picture) is gone with it.
"""

import io
import re
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventapp.core.i18n import _

if TYPE_CHECKING:
    from PIL import Image

# What may be sent: phones make pictures of 3 to 6 MB and up to 24.5 million points.
MOST_BYTES = 8_000_000
# A form that brings a picture besides its fields.
PICTURE_FORM_BYTES = MOST_BYTES + 1_000_000
MOST_PIXELS_OF_JPEG = 25_000_000
# The other kinds have to be held in full, with four bytes for a point, and twice while they are made smaller.
MOST_PIXELS = 12_000_000
# A JPEG may come in scans, each of which goes over the whole picture again; programs make ten or twenty of them.
MOST_SCANS = 50
# Plugins of the library for other kinds of file are never tried.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# One with transparent parts that is larger than this gets a white ground instead, and becomes a JPEG.
MOST_TRANSPARENT_BYTES = 1_500_000
QUALITY = 86

# A byte that begins a part of a JPEG; inside a scan 00 and restarts follow an FF that begins nothing.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA

# Drawing takes up to 150 MB for that moment: one at a time in a process.
_drawing = threading.Lock()


class PictureError(ValueError):
    """This cannot be taken as a picture; the text says to the person why and what to do."""


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept: a JPEG, or a PNG where parts of it are transparent. Width and height in points."""

    data: bytes
    mime: str
    width: int
    height: int


def reencode(data: bytes, *, longest: int) -> Picture:
    """The picture in `data`, upright, its longer side at most `longest` points; of several frames the first.

    Only the points are taken over. Raises PictureError for what is no picture, broken or too large.
    """
    from PIL import Image, ImageOps  # 10 MB for every worker and command, of which few ever see a picture

    if len(data) > MOST_BYTES:
        raise PictureError(_("The picture is too large: at most %(n)d MB.", n=MOST_BYTES // 1_000_000))
    if not data:
        raise PictureError(_("The file is empty. Choose another."))
    # Checked below, as soon as the head of the file is read; the library's own limit only warns.
    Image.MAX_IMAGE_PIXELS = None
    with _drawing:
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                # What a phone makes of two lenses calls itself MPO, and is a JPEG with another one behind it.
                most = MOST_PIXELS_OF_JPEG if opened.format in ("JPEG", "MPO") else MOST_PIXELS
                if opened.width * opened.height > most:
                    raise PictureError(
                        _("The picture has too many points: at most %(n)d million. Make it smaller.", n=most // 1_000_000)
                    )
                if opened.format in ("JPEG", "MPO") and scans_of(data) > MOST_SCANS:
                    raise PictureError(_("The picture is stored in an unusual way. Save it anew, as a plain JPEG."))
                # A JPEG is read at a half, a quarter or an eighth of its size, if that is enough.
                opened.draft(None, (longest, longest))
                opened.load()
                mode = "RGBA" if opened.has_transparency_data else "RGB"
                drawn: Image.Image = opened if opened.mode == mode else opened.convert(mode)
                drawn.thumbnail((longest, longest))
                with suppress(Exception):  # broken notes about a picture: it stays as it lies
                    ImageOps.exif_transpose(drawn, in_place=True)
                return _written(drawn)
        except PictureError:
            raise
        except Exception as error:
            # Each kind of broken file makes the library raise something else.
            raise PictureError(_("This is no picture that we can read. Choose a JPEG, PNG, WebP or GIF.")) from error


def scans_of(data: bytes) -> int:
    """How many scans the first picture of a JPEG file has, up to one more than are read."""
    scans, at = 0, 0
    while scans <= MOST_SCANS and (found := _MARKER.search(data, at)):
        at = found.end()
        kind = data[at - 1]
        if kind == _END:
            break
        if kind != _START:
            scans += kind == _SCAN
            at += int.from_bytes(data[at : at + 2], "big")  # the length of what belongs to the part; a picture in it is none
    return scans


def _written(drawn: "Image.Image") -> Picture:
    """The points as a file, without anything that came along with them."""
    drawn.info = {}
    if drawn.mode == "RGBA" and drawn.getchannel("A").getextrema() == (255, 255):
        drawn = drawn.convert("RGB")
    if drawn.mode == "RGBA":
        data = _saved(drawn, "PNG", optimize=True)
        if len(data) <= MOST_TRANSPARENT_BYTES:
            return Picture(data, "image/png", drawn.width, drawn.height)
        drawn = _on_white(drawn)
    # Without subsampling, so that the edges of logos and letters stay sharp.
    data = _saved(drawn, "JPEG", quality=QUALITY, subsampling=0, progressive=True)
    return Picture(data, "image/jpeg", drawn.width, drawn.height)


def _on_white(drawn: "Image.Image") -> "Image.Image":
    ground = drawn.copy()
    ground.paste((255, 255, 255, 255), (0, 0, *drawn.size))
    ground.alpha_composite(drawn)
    return ground.convert("RGB")


def _saved(drawn: "Image.Image", kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    drawn.save(out, kind, **how)
    return out.getvalue()
