"""Pictures are drawn anew: what comes out is a plain JPEG or PNG, upright and small, or a refusal in words."""

import io
import struct
import threading
import zlib
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from eventapp.core import pictures
from eventapp.core.pictures import Picture, PictureError, reencode

ORIENTATION = 0x0112
GPS = 0x8825


def saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def opened(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.data))
    image.load()
    assert (image.width, image.height) == (picture.width, picture.height)
    assert Image.MIME[image.format or ""] == picture.mime
    return image


def photo(width: int = 300, height: int = 200) -> Image.Image:
    """Red on the left half, blue on the right one."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image


def near(point: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(point[:3], wanted, strict=True))


RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_pictures_of_each_kind_come_out_as_a_jpeg(kind: str) -> None:
    found = reencode(saved(photo(), kind), longest=2000)
    image = opened(found)
    assert (found.mime, image.size) == ("image/jpeg", (300, 200))
    assert near(image.getpixel((20, 100)), RED)
    assert near(image.getpixel((280, 100)), BLUE)


@pytest.mark.parametrize(("size", "wanted"), [((3000, 1500), (400, 200)), ((100, 800), (50, 400)), ((400, 400), (400, 400))])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_longer_side_is_cut_to_size(size: tuple[int, int], wanted: tuple[int, int], kind: str) -> None:
    assert opened(reencode(saved(photo(*size), kind), longest=400)).size == wanted


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA", "CMYK", "I;16", "YCbCr"])
def test_every_way_to_hold_colours_is_read(mode: str) -> None:
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    source = photo() if mode != "I;16" else photo().convert("L")
    image = source.convert("P").convert("PA") if mode == "PA" else source.convert(mode)
    if mode == "PA":
        image = image.convert("LA")
    assert opened(reencode(saved(image, kind), longest=2000)).size == (300, 200)


def test_a_picture_lying_on_its_side_is_set_upright_and_says_no_more_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was turned: what is on the left belongs on top
    exif[GPS] = {1: "N", 2: (48.0, 12.0, 30.0)}
    data = saved(photo(), "JPEG", exif=exif, comment=b"taken at home", icc_profile=b"not really a profile")
    assert b"taken at home" in data
    image = opened(reencode(data, longest=2000))
    assert image.size == (200, 300)
    assert near(image.getpixel((100, 20)), RED)
    assert near(image.getpixel((100, 280)), BLUE)
    assert not image.getexif()
    assert not {"exif", "icc_profile", "comment"} & set(image.info)


def test_nothing_that_came_along_with_a_picture_is_kept() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "<script>alert(1)</script>")
    half = photo().convert("RGBA")
    half.putalpha(128)
    data = saved(half, "PNG", pnginfo=info, icc_profile=b"a profile that is none") + b"<script>alert(2)</script><?php evil ?>"
    found = reencode(data, longest=2000)
    assert found.mime == "image/png"
    assert not opened(found).info
    assert b"script" not in found.data
    assert b"<?php" not in found.data


def test_what_is_transparent_stays_so_unless_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    half = photo().convert("RGBA")
    half.paste((0, 0, 0, 0), (0, 0, 150, 200))
    found = reencode(saved(half, "PNG"), longest=2000)
    assert found.mime == "image/png"
    assert opened(found).getpixel((20, 100))[3] == 0  # type: ignore[index]
    monkeypatch.setattr(pictures, "MOST_TRANSPARENT_BYTES", 10)
    found = reencode(saved(half, "PNG"), longest=2000)
    assert found.mime == "image/jpeg"
    assert near(opened(found).getpixel((20, 100)), (255, 255, 255))


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [photo(), Image.new("RGB", (300, 200), "green")]
    for kind in ("GIF", "WEBP", "PNG"):
        image = opened(reencode(saved(frames[0], kind, save_all=True, append_images=frames[1:]), longest=2000))
        assert getattr(image, "n_frames", 1) == 1
        assert near(image.getpixel((20, 100)), RED)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has so many points."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\x00" * 1000)) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
JPEG = saved(photo(), "JPEG")
TEXT_BOMB = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0))
    + b"".join(chunk(b"zTXt", b"a\x00\x00" + zlib.compress(b"a" * 50_000_000)) for _n in range(3))
    + chunk(b"IEND", b"")
)
HOSTILE = {
    "nothing": b"",
    "one byte": b"\xff",
    "text": b"hello",
    "SVG": SVG,
    "SVG with a declaration": b'<?xml version="1.0"?>' + SVG,
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "HTML behind the mark of a GIF": b"GIF89a/*<script>alert(1)</script>*/=1",
    "a script behind the mark of a JPEG": b"\xff\xd8\xff\xe0<script>alert(1)</script>",
    "PDF": b"%PDF-1.7\n",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "ZIP": b"PK\x03\x04" + b"\x00" * 60,
    "TIFF": saved(photo(), "TIFF"),
    "BMP": saved(photo(), "BMP"),
    "ICO": saved(photo(64, 64), "ICO"),
    "half a JPEG": JPEG[: len(JPEG) // 2],
    "half a PNG": saved(photo(), "PNG")[:80],
    "half a WebP": saved(photo(), "WEBP")[:60],
    "half a GIF": saved(photo(), "GIF")[:40],
    "a PNG whose text explodes": TEXT_BOMB,
    "zeros": b"\x00" * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_is_refused_in_words(name: str) -> None:
    with pytest.raises(PictureError, match=r"no picture that we can read|is empty"):
        reencode(HOSTILE[name], longest=2000)


@pytest.mark.parametrize("size", [(30_000, 30_000), (1, 2**31 - 1), (2**31 - 1, 2**31 - 1), (4001, 3000)])
def test_a_picture_of_too_many_points_is_refused_before_it_is_read(size: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match="too many points: at most 12 million"):
        reencode(bomb(*size), longest=2000)


def test_a_photo_may_have_more_points_than_what_must_be_held_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 10_000)
    monkeypatch.setattr(pictures, "MOST_PIXELS_OF_JPEG", 60_000)
    second = saved(photo(), "JPEG")
    of_two_lenses = saved(photo(), "MPO", save_all=True, append_images=[photo()])
    for data in (second, of_two_lenses):
        assert opened(reencode(data, longest=2000)).size == (300, 200)
    for data in (saved(photo(), "PNG"), saved(photo(301, 200), "JPEG")):
        with pytest.raises(PictureError, match="too many points"):
            reencode(data, longest=2000)


def test_a_gif_and_a_webp_cannot_hide_how_large_they_are() -> None:
    gif = bytearray(saved(photo(4, 4), "GIF"))
    gif[6:10] = struct.pack("<HH", 65535, 65535)
    webp = bytearray(saved(photo(4, 4), "WEBP", save_all=True, append_images=[Image.new("RGB", (4, 4), "green")]))
    at = webp.index(b"VP8X") + 8
    webp[at + 4 : at + 10] = b"\xfe\x3f\x00\xfe\x3f\x00"  # 16383 × 16383
    for data in (gif, webp):
        with pytest.raises(PictureError):
            reencode(bytes(data), longest=2000)


def test_a_file_that_is_too_large_is_not_even_opened() -> None:
    with pytest.raises(PictureError, match="too large: at most 8 MB"):
        reencode(JPEG + b"\x00" * pictures.MOST_BYTES, longest=2000)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_notes_about_the_picture_do_not_refuse_it() -> None:
    data = saved(photo(), "JPEG", exif=b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\xff\xff garbage garbage")
    assert opened(reencode(data, longest=2000)).size == (300, 200)


def test_several_at_once_are_drawn_one_after_the_other() -> None:
    found: list[Picture] = []
    threads = [threading.Thread(target=lambda: found.append(reencode(JPEG, longest=100))) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(p.width, p.height) for p in found] == [(100, 67)] * 4


def in_scans(plain: bytes, more: int) -> bytes:
    """A progressive JPEG whose last scan comes so many times more."""
    last = plain.rindex(b"\xff\xda")
    return plain[:-2] + plain[last:-2] * more + plain[-2:]


def test_a_jpeg_that_is_gone_over_too_often_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    progressive = saved(photo(), "JPEG", progressive=True)
    usual = pictures.scans_of(progressive)
    assert 5 < usual < 20
    assert pictures.scans_of(in_scans(progressive, 7)) == usual + 7
    assert opened(reencode(in_scans(progressive, 7), longest=2000)).size == (300, 200)
    monkeypatch.setattr("PIL.JpegImagePlugin.JpegImageFile.load", lambda _self: pytest.fail("it was read"))
    with pytest.raises(PictureError, match="unusual way"):
        reencode(in_scans(progressive, 2_000), longest=2000)


def test_what_only_looks_like_a_scan_is_not_counted() -> None:
    """Small pictures in the notes, restarts, and whatever phones put behind the picture."""
    notes = b"Exif\x00\x00" + b"\xff\xda" * 500
    data = saved(photo(), "JPEG", exif=notes, restart_marker_blocks=1) + b"\xff\xda" * 500
    assert pictures.scans_of(data) == 1
    assert opened(reencode(data, longest=2000)).size == (300, 200)
