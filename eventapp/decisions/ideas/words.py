"""What the log calls acts on ideas; a company reads those on its own."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.audit.words import Thing, declare_acts, declare_fields, declare_kind
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.decisions.ideas.models import Idea


def _ideas(ids: Collection[int]) -> Mapping[int, Thing]:
    rows = db.session.execute(select(Idea.id, Idea.title).where(Idea.id.in_(ids)))
    return {row.id: Thing(row.title, url_for("ideas.show", idea_id=row.id)) for row in rows}


declare_acts(
    "ideas",
    _l("Ideas and needs"),
    {
        "post": _l("Posted an idea or a need"),
        "change": _l("Changed an idea or a need"),
        "vote": _l("Voted for an idea"),
        "take_back": _l("Took a vote back"),
        "contribute": _l("Contributed to an idea"),
        "remove_contributor": _l("Took a contribution away"),
        "answer": _l("Answered an idea or a need"),
        "decide": _l("Opened a decision about an idea"),
        "export": _l("Downloaded ideas and needs"),
    },
    visible={"post": ("kind", "shared"), "change": (), "answer": ("state",), "decide": ("decision",)},
)
declare_fields(
    shared=_l("All partners read it"),
    experiment=_l("What is tried"),
    experiment_until=_l("Tried until"),
    outcome=_l("What came of it"),
    decision=_l("Decision"),
)
declare_kind("idea", _l("Idea or need"), _ideas)
