"""What every template can use: filters for times and numbers, hidden fields, the site's name."""

from collections.abc import MutableMapping
from datetime import date, datetime
from typing import Any

from flask import Flask, current_app, request
from flask.templating import Environment
from flask_babel import format_date, format_decimal
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from eventapp.core.clock import now
from eventapp.core.i18n import visitor_language
from eventapp.core.once import new_key
from eventapp.core.times import city, clock, event_times, place, to_local, zone_or_none
from eventapp.core.web.audiences import may_open
from eventapp.settings import VERSION, Settings


class Templates(Environment):
    """The app's templates. All share the one dictionary of globals, since none has any of its own.

    Jinja would lay a ChainMap over it for each, and walk through that for every template, include and import of a page:
    a tenth of what a form takes.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template."""
        return super().make_globals(d) if d else self.globals


def viewer_zone() -> str | None:
    """The visitor's IANA zone, from the cookie that the browser's script sets; none if unknown."""
    name = request.cookies.get("tz", "") if request else ""
    return name if zone_or_none(name) else None


def csrf_field() -> Markup:
    """The hidden CSRF field, for forms that are written by hand."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def one_time_key_field() -> Markup:
    """The hidden one-time key, for forms that are written by hand."""
    return Markup('<input type="hidden" name="once_key" value="{}">').format(new_key())


def moment(value: datetime | None, zone: str = "UTC") -> str:
    """A moment in a zone, with city and offset: "12 Jan 2027, 09:05 Vienna (UTC+1)"."""
    if value is None:
        return ""
    local = to_local(value, zone)
    return f"{format_date(local, 'd MMM y', rebase=False)}, {clock(local)} {place(local, zone)}"


def short_moment(value: datetime | None, zone: str = "UTC") -> str:
    """A moment in a zone without naming the zone, for tables whose head names it."""
    if value is None:
        return ""
    local = to_local(value, zone)
    return f"{format_date(local, 'd MMM y', rebase=False)}, {clock(local)}"


def day(value: date | None) -> str:
    """A date."""
    return format_date(value, "d MMM y", rebase=False) if value else ""


def date_there(value: datetime, zone: str) -> str:
    """The date of a moment in a zone."""
    return day(to_local(value, zone).date())


def local_day(value: datetime, zone: str) -> str:
    """The day of the month there."""
    return str(to_local(value, zone).day)


def local_month(value: datetime, zone: str) -> str:
    """Month and year there."""
    return str(format_date(to_local(value, zone), "MMM y", rebase=False))


def number(value: int | float | None) -> str:
    """A number with the language's separators."""
    return "" if value is None else format_decimal(value)


def alike_for_all() -> bool:
    """Whether the frame around the page says nothing of its visitor: they have no login."""
    return not current_user.is_authenticated


@pass_context
def shared_part(context: Context, template: str, *differs: Any) -> Markup:
    """A template that gives every visitor the same but for `differs`, the language and the site's root: rendered once.

    In development it is rendered anew each time, so that changes show.
    """
    kept: dict[Any, Markup] = current_app.extensions.setdefault("shared_parts", {})
    key = (template, visitor_language(), request.script_root, *differs)
    if key not in kept or context.environment.auto_reload:
        kept[key] = Markup(context.environment.get_template(template).render(context.get_all()))  # noqa: S704 - rendered
    return kept[key]


def init_templates(app: Flask, settings: Settings) -> None:
    """Registers filters and globals. A name that does not exist is an error, not an empty string."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        moment=moment,
        short_moment=short_moment,
        day=day,
        date_there=date_there,
        numberformat=number,
        local_day=local_day,
        local_month=local_month,
    )
    app.jinja_env.globals.update(
        csrf_field=csrf_field,
        one_time_key_field=one_time_key_field,
        event_times=event_times,
        viewer_zone=viewer_zone,
        city=city,
        may_open=may_open,
        alike_for_all=alike_for_all,
        shared_part=shared_part,
        now=now,
        site_name=settings.site_name,
        app_version=VERSION,
    )

    @app.context_processor
    def defaults() -> dict[str, Any]:
        return {"has_errors": False}
