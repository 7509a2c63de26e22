"""Texts with placeholders: checked when they are saved, read once, filled in for each person.

Reading the Markdown costs a hundred times what filling in does, so what was read is kept in the process by its source:
it can never be older than its text, and what we sanitise better tomorrow is better for texts of today.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from markupsafe import escape

from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.markdown import to_parts
from eventapp.core.text import fold, one_line
from eventapp.mail.render import defused_text
from eventapp.registrations.messages.placeholders import PLACEHOLDERS, Block, Shape

# In a text as it was typed, and as the address of a link, where braces are percent-encoded.
_SLOT = re.compile(r"\{\s*([^{}\n]{1,60}?)\s*\}")
_ADDRESS_SLOT = re.compile(r"%7B(?:%20)*([^{}\"<> ]{1,180}?)(?:%20)*%7D")
_EITHER = re.compile(r"\{\s*([a-z_]+)\s*\}|%7B([a-z_]+)%7D")
_HREF = re.compile(r'href="([^"]*)"')
_BUTTON = re.compile(r'^<p><a href="([^"]*)"[^>]*>(.*)</a></p>$')

Value = str | Block


@dataclass(frozen=True)
class _Pieces:
    """Fixed text and, between each two, the key of what is filled in and whether it stands in an address."""

    fixed: tuple[str, ...]
    slots: tuple[tuple[str, bool], ...]

    def filled(self, value: Callable[[str, bool], str]) -> str:
        """The text with each slot's value."""
        parts = [self.fixed[0]]
        for (key, in_address), after in zip(self.slots, self.fixed[1:], strict=True):
            parts += [value(key, in_address), after]
        return "".join(parts)


@dataclass(frozen=True)
class _Paragraph:
    """One block of a text in both halves of the mail. It is left out where one of its placeholders is empty."""

    html: _Pieces
    text: _Pieces
    keys: frozenset[str]


@dataclass(frozen=True)
class Written:
    """A message as one person gets it. `html` is what stands inside the frame of a mail."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Template:
    """A text that was read, ready to be filled in."""

    subject: _Pieces
    paragraphs: tuple[_Paragraph, ...]
    keys: frozenset[str]

    def fill(self, values: dict[str, Value]) -> Written:
        """The message with these values, of all `keys`."""
        shown = [p for p in self.paragraphs if all(values[key] for key in p.keys)]
        return Written(
            one_line(self.subject.filled(lambda key, _in: str(values[key]))),
            "\n\n".join(p.text.filled(lambda key, _in: _as_text(key, values[key])) for p in shown) + "\n",
            "\n".join(p.html.filled(lambda key, inside: _as_html(key, values[key], inside)) for p in shown),
        )


def _as_text(key: str, value: Value) -> str:
    if isinstance(value, Block):
        return value.text
    return value if PLACEHOLDERS[key].shape is Shape.LINK else defused_text(value)


def _as_html(key: str, value: Value, in_address: bool) -> str:
    if isinstance(value, Block):
        return value.html
    safe = str(escape(value))
    if PLACEHOLDERS[key].shape is Shape.LINK:
        return safe if in_address else f'<a href="{safe}">{safe}</a>'
    return safe.replace("\n", "<br>")


def _pieces(source: str) -> _Pieces:
    fixed, slots, at = [], [], 0
    for found in _EITHER.finditer(source):
        fixed.append(source[at : found.start()])
        slots.append((found[1] or found[2], found[2] is not None))
        at = found.end()
    return _Pieces((*fixed, source[at:]), tuple(slots))


@lru_cache(maxsize=512)
def read(subject: str, body: str) -> Template:
    """Reads a text that `problems` has nothing against."""
    head = _pieces(subject)
    parts = to_parts(body)
    main = next((part for part in parts if _is_button(part.html)), None)
    paragraphs = [_paragraph(part.html, part.text, button=part is main) for part in parts]
    keys = frozenset(key for key, _in in head.slots).union(*(p.keys for p in paragraphs))
    return Template(head, tuple(paragraphs), keys)


def _is_button(html: str) -> bool:
    found = _BUTTON.match(html)
    return found is not None and "</a>" not in found[2] and found[1] != found[2]


def _paragraph(html: str, text: str, *, button: bool) -> _Paragraph:
    """A block of a text. The first link that stands alone in its paragraph is the mail's one button."""
    if button:
        html = html.replace("<a ", '<a class="button" ', 1)
    block = _alone(html)
    pieces = _pieces(f"{{{block}}}" if block else html)
    return _Paragraph(pieces, _pieces(text), frozenset(key for key, _in in pieces.slots))


def _alone(html: str) -> str:
    """The key of the block that is all there is in a paragraph, else nothing."""
    found = re.fullmatch(r"<p>\{\s*([a-z_]+)\s*\}</p>", html)
    return found[1] if found and found[1] in PLACEHOLDERS and PLACEHOLDERS[found[1]].shape is Shape.BLOCK else ""


def check(subject: str, body: str, allowed: Collection[str]) -> list[RuleError]:
    """What is wrong with a text, each at its field (`subject` or `body`); nothing if it may be saved."""
    found = [RuleError(message, "subject", 422) for message in _wrong_in_subject(subject, allowed)]
    return found + [RuleError(message, "body", 422) for message in _wrong_in_body(body, allowed)]


def _wrong_in_subject(subject: str, allowed: Collection[str]) -> Iterable[str]:
    for key in _SLOT.findall(subject):
        if message := _unknown(key, allowed):
            yield message
        elif PLACEHOLDERS[key].shape is not Shape.LINE:
            yield _("{%(key)s} cannot stand in a subject: it is a link or a list.", key=key)


def _wrong_in_body(body: str, allowed: Collection[str]) -> Iterable[str]:
    parts = to_parts(body)
    said = set()
    for key in (key for part in parts for key in _SLOT.findall(part.html)):
        if (message := _unknown(key, allowed)) and key not in said:
            said.add(key)
            yield message
    for part in parts:
        for href in _HREF.findall(part.html):
            yield from _wrong_in_address(href, allowed)
        blocks = [k for k in _SLOT.findall(part.html) if k in allowed and PLACEHOLDERS[k].shape is Shape.BLOCK]
        if blocks and not _alone(part.html):
            yield _("{%(key)s} is a list: put it into a paragraph of its own.", key=blocks[0])


def _wrong_in_address(href: str, allowed: Collection[str]) -> Iterable[str]:
    keys = _ADDRESS_SLOT.findall(href)
    for key in keys:
        if message := _unknown(key, allowed):
            yield message
        elif PLACEHOLDERS[key].shape is not Shape.LINK:
            yield _("{%(key)s} is no link, so it cannot be where one leads to.", key=key)
    if not keys and ("%7B" in href or "%7D" in href):
        yield _("A link's address holds a brace that belongs to no placeholder.")
    elif len(keys) > 1 or (keys and not href.startswith("%7B")):
        yield _("A placeholder in a link's address must be its beginning: [Open it]({link}).")


def _unknown(key: str, allowed: Collection[str]) -> str:
    if key in allowed:
        return ""
    near = suggestions(key, allowed)
    if near:
        return _("{%(key)s} is no placeholder here. Did you mean %(near)s?", key=key, near=near)
    return _("{%(key)s} is no placeholder here. Pick one from the list.", key=key)


def suggestions(key: str, allowed: Collection[str]) -> str:
    """The placeholders that somebody may have meant, by key or by label, at most three, as they are written."""
    asked = fold(key).replace(" ", "_").replace("-", "_")
    by_label = {fold(str(PLACEHOLDERS[k].label)).replace(" ", "_"): k for k in allowed}
    near: Sequence[str] = [k for k in allowed if asked and (asked in k or k in asked)]
    near = [*near, *get_close_matches(asked, allowed, 3, 0.6), *(by_label[n] for n in get_close_matches(asked, by_label, 2, 0.7))]
    return _(" or ").join(f"{{{k}}}" for k in list(dict.fromkeys(near))[:3])


def values_of(template: Template, facts: Any) -> dict[str, Value]:
    """The values of all that the text names."""
    return {key: PLACEHOLDERS[key].value(facts) for key in template.keys}
