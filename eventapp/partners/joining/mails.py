"""Mails about joining a company: to its admins that somebody asks, and to that person what became of it."""

from datetime import date, datetime

from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.core.links import absolute
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.partners import queries as partners
from eventapp.partners.joining import queries
from eventapp.partners.models import Membership, MembershipRole, Organisation, Person


def send_asked(membership: Membership, person: Person, company: Organisation, address: str, *, today: date, at: datetime) -> None:
    """Tells each of the company's admins that somebody asks to belong to it."""
    for name, admin in queries.admins_of(company.id, today):
        subject, text, html = render(
            "joining/asked",
            name=name,
            who=person.full_name,
            address=address,
            company=company.name,
            note=membership.request_note,
            link=absolute("company_requests.index"),
        )
        _send("joining.asked", company, name, admin, subject, text, html, at)


def send_approved(membership: Membership, person: Person, company: Organisation, *, at: datetime) -> None:
    """Tells the person that they belong to the company, or look after it."""
    _to_person("joining/approved", membership.role, person, company, at, waiting=queries.waiting_at(company.id))


def send_company_added(membership: Membership, person: Person, company: Organisation, *, at: datetime) -> None:
    """Tells the person that their company is in the list now and that they belong to it."""
    _to_person("joining/company_added", membership.role, person, company, at)


def _to_person(
    template: str, role: MembershipRole, person: Person, company: Organisation, at: datetime, *, waiting: int = 0
) -> None:
    subject, text, html = render(
        template,
        name=person.full_name,
        company=company.name,
        admin=role is MembershipRole.ADMIN,
        waiting=waiting if role is MembershipRole.ADMIN else 0,
        link=absolute("joining.index"),
    )
    _send(template.replace("/", "."), company, person.full_name, address_of(person), subject, text, html, at)


def send_declined(
    person: Person, company: Organisation | None, company_name: str, reason: str, *, wish: bool, at: datetime
) -> None:
    """Tells the person that they were not let in, or not made admin (`wish`), and why."""
    subject, text, html = render(
        "joining/declined",
        name=person.full_name,
        company=company_name,
        reason=reason,
        wish=wish,
        link=absolute("joining.index"),
    )
    _send("joining.declined", company, person.full_name, address_of(person), subject, text, html, at)


def address_of(person: Person) -> str:
    """Where the person reads mails about the login: its address, else the primary one."""
    login = db.session.scalar(select(User.email).where(User.id == person.user_id)) if person.user_id else None
    return login or partners.address_of(person.id)


def _send(
    kind: str, company: Organisation | None, to_name: str, to_address: str, subject: str, text: str, html: str, at: datetime
) -> None:
    about = f"organisation:{company.id}" if company is not None else ""
    queue(kind=kind, about=about, to_name=to_name, to_address=to_address, subject=subject, text=text, html=html, at=at)
