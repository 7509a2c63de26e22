"""Mails about ideas: the answer, to whoever posted it and to all who contributed."""

from datetime import datetime
from typing import Any

from eventapp.core.i18n import _
from eventapp.core.links import absolute
from eventapp.decisions.ideas.models import Idea
from eventapp.decisions.ideas.queries import people
from eventapp.decisions.mails import reachable
from eventapp.mail.render import render
from eventapp.mail.service import letter, queue_all


def send_answer(idea: Idea, state: Any, *, at: datetime) -> None:
    """Tells those who brought it in what the vendor says."""
    heading = _("Answered: %(title)s", title=idea.title)
    lines = [_("It is now: %(state)s.", state=state), idea.answer]
    if idea.outcome:
        lines.append(_("What came of it: %(text)s", text=idea.outcome))
    letters = []
    for user in reachable(people(idea), at):
        link = absolute("ideas.show", idea_id=idea.id)
        subject, text, html = render("decisions/answered", name=user.display_name, heading=heading, lines=lines, link=link)
        letters.append(
            letter(
                kind="idea.answered",
                about=f"idea:{idea.id}",
                to_name=user.display_name,
                to_address=user.email,
                subject=subject,
                text=text,
                html=html,
                at=at,
            )
        )
    queue_all(letters)
