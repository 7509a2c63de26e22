"""Identifiers in URLs. A value of the wrong shape is a plain 404, before any query."""

from flask import Flask
from werkzeug.routing import BaseConverter, ValidationError

from eventapp.core.db import MAX_ID


class IdConverter(BaseConverter):
    """A row id. 2³¹ is an error on Postgres and 2⁶³ on both databases, so neither gets there."""

    regex = r"[0-9]{1,10}"

    def to_python(self, value: str) -> int:
        """The number, if any database could hold it."""
        number = int(value)
        if not 0 < number <= MAX_ID:
            raise ValidationError
        return number


class SlugConverter(BaseConverter):
    """The name of an event in its address: small letters, digits and hyphens."""

    regex = r"[a-z0-9][a-z0-9-]{0,79}"


class TokenConverter(BaseConverter):
    """A secret in a link."""

    regex = r"[A-Za-z0-9_.-]{8,400}"


class CodeConverter(BaseConverter):
    """The short name of a session, a speaker or a proposal."""

    regex = r"[A-Za-z0-9]{1,12}"


class ReferenceConverter(BaseConverter):
    """What people call a plan or a decision: three letters, the year, a number."""

    regex = r"[A-Z]{3}-[0-9]{4}-[0-9]{1,7}"


class CourseCodeConverter(BaseConverter):
    """What a course is known by, like COR-101."""

    regex = r"[A-Za-z0-9][A-Za-z0-9-]{0,19}"


def init_identifiers(app: Flask) -> None:
    """Adds the converters `id`, `slug`, `token`, `code`, `reference` and `course_code`."""
    converters = {"id": IdConverter, "slug": SlugConverter, "token": TokenConverter, "code": CodeConverter}
    app.url_map.converters.update(converters, reference=ReferenceConverter, course_code=CourseCodeConverter)
