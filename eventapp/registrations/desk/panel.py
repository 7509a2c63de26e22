"""What the staff alone sees on a registration's page: comments, tags, and the history out of the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eventapp.audit import queries as audit
from eventapp.audit import words
from eventapp.registrations.desk import queries
from eventapp.registrations.desk.forms import CommentForm, TagsForm
from eventapp.registrations.desk.models import Comment, Tag
from eventapp.registrations.models import Registration

MOST_HISTORY = 50


@dataclass(frozen=True)
class Step:
    """An entry of the log about the registration, in words."""

    at: Any
    actor: str
    act: str
    changes: list[audit.Change]


@dataclass(frozen=True)
class Panel:
    """Everything that the blocks of the page show."""

    comments: Sequence[Comment]
    comment_form: CommentForm
    tags: Sequence[Tag]
    carried: list[Tag]
    tags_form: TagsForm
    history: list[Step]


def panel(registration: Registration, comment_form: CommentForm | None = None, tags_form: TagsForm | None = None) -> Panel:
    """The blocks of a registration's page; a form that was refused comes back with its errors."""
    tags = queries.tags(registration.event)
    chosen = queries.ids_on(registration) if tags else set()
    if tags_form is None:
        tags_form = TagsForm(formdata=None)
        tags_form.offer(tags, chosen)
    return Panel(
        comments=queries.comments(registration),
        comment_form=comment_form or CommentForm(formdata=None),
        tags=tags,
        carried=[tag for tag in tags if tag.id in chosen],
        tags_form=tags_form,
        history=[
            Step(row.at, row.actor, words.act_label(row.action), audit.in_words(row.changes))
            for row in audit.history("registration", registration.id, MOST_HISTORY)
        ],
    )
