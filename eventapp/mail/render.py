"""Mails from templates: a text part and an HTML part. Values are put in once and never read again."""

import re
from typing import Any

from flask import current_app
from jinja2 import Environment
from markupsafe import escape

from eventapp.core.i18n import RIGHT_TO_LEFT, WRITTEN
from eventapp.core.text import clean, one_line

_TAG = re.compile(r"(<[^>]*>)")
_LINKISH = re.compile(r"://|(?<=\bwww)\.|(?<=[^\W_])\.(?=[^\W\d_]{2,})", re.IGNORECASE)
_ADDRESS = re.compile(r"([^\s<>]+@[^\s<>]+)")
_BREAK = "&#8203;"
# Where the frame of a mail has a gap; no text holds it, since it is a control character.
_GAP = "\x00"


def render(template: str, **context: Any) -> tuple[str, str, str]:
    """Subject, text and HTML of the mail `template`, for example "registrations/confirmed".

    It stands in `templates/mail/<template>.txt`, whose first line is "Subject: …" and where nothing is escaped, and in
    `templates/mail/<template>.html`, which extends `mail/layout.html` and where everything is. Raises ValueError if
    the text has no subject.
    """
    lines = _environment(escape=False).get_template(f"mail/{template}.txt").render(**context)
    first, _, text = lines.lstrip().partition("\n")
    if not first.startswith("Subject:"):
        raise ValueError(f"mail/{template}.txt does not start with its subject")
    subject = one_line(first.removeprefix("Subject:"))
    html = _environment(escape=True).get_template(f"mail/{template}.html").render(subject=subject, **context)
    return subject, clean(text).strip() + "\n", defused(clean(html))


def source(template: str) -> tuple[str, str]:
    """Subject and body of `templates/mail/<template>.md`: Markdown with placeholders, which are filled in elsewhere."""
    lines = _environment(escape=False).get_template(f"mail/{template}.md").render()
    first, _, body = lines.lstrip().partition("\n")
    if not first.startswith("Subject:"):
        raise ValueError(f"mail/{template}.md does not start with its subject")
    return one_line(first.removeprefix("Subject:")), body.strip()


def framed(subject: str, content: str, language: str = WRITTEN) -> str:
    """The HTML of a mail around `content`, which is safe HTML; addresses outside its links are broken up."""
    kept: dict[str, list[str]] = current_app.extensions.setdefault("mail_frames", {})
    if language not in kept:
        # The same for all mails of a language: only what stands inside is new.
        direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        frame = _environment(escape=True).get_template("mail/message.html")
        values = {"subject": _GAP, "content": _GAP, "html_lang": language, "html_dir": direction}
        kept[language] = frame.render(**values).split(_GAP)
    before, between, after = kept[language]
    return f"{before}{defused(str(escape(clean(subject))))}{between}{defused(clean(content))}{after}"


def _environment(*, escape: bool) -> Environment:
    """The app's templates with one rule of escaping: in a text, `R&D` is not to become `R&amp;D`."""
    kept: dict[bool, Environment] = current_app.extensions.setdefault("mail_templates", {})
    if escape not in kept:
        kept[escape] = current_app.jinja_env.overlay(autoescape=escape)
    return kept[escape]


def defused(html: str) -> str:
    """`html` with addresses outside its links broken up, so that a mail program makes no links of them.

    A name like "http://evil.example" would otherwise be a link in a mail from our own domain. An invisible break is
    put in; e-mail addresses stay as they are.
    """
    parts, in_link = [], 0
    for part in _TAG.split(html):
        if part.startswith("<"):
            name = part.lower()
            in_link += name.startswith("<a ") - name.startswith("</a")
            in_link += name.startswith("<style") - name.startswith("</style")
            parts.append(part)
        else:
            parts.append(part if in_link else _broken(part))
    return "".join(parts)


def defused_text(text: str) -> str:
    """`text` for the plain half of a mail, with an invisible break in everything that looks like a link."""
    return _broken(text, "\u200b")


def _broken(text: str, mark: str = _BREAK) -> str:
    """`text` with a break in everything that looks like a link, but for e-mail addresses without a path."""
    if "." not in text and "://" not in text:
        return text  # most of a mail, and there is nothing in it that `_LINKISH` could find
    pieces = _ADDRESS.split(text)
    return "".join(
        piece if index % 2 and "/" not in piece else _LINKISH.sub(lambda found: found[0] + mark, piece)
        for index, piece in enumerate(pieces)
    )
