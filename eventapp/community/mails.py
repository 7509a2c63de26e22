"""Mails of the community. They say that something has happened and where to look, never what, with whom, or which.

Organizers read the mails of the installation, and what partners say to each other is theirs.
"""

from collections.abc import Iterable
from datetime import datetime

from eventapp.accounts.models import User
from eventapp.mail.render import render
from eventapp.mail.service import letter, queue_all


def send_note(kind: str, users: Iterable[User], heading: str, line: str, link: str, *, at: datetime) -> None:
    """One short mail to each of them, with the link to the page that says more."""
    letters = []
    for user in users:
        subject, text, html = render("community/note", name=user.display_name, heading=heading, line=line, link=link)
        letters.append(
            letter(
                kind=kind,
                about="community",
                to_name=user.display_name,
                to_address=user.email,
                subject=subject,
                text=text,
                html=html,
                at=at,
            )
        )
    queue_all(letters)
