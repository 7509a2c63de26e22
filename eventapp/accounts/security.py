"""Flask-Security on our users: sessions, hashing and links to set a password. The pages are our own."""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_security import MailUtil, Security, SQLAlchemyUserDatastore
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from eventapp.accounts import (
    jobs,  # noqa: F401 - registers the sweep
    session_cookie,
    signing_in,
)
from eventapp.accounts.models import Grant, User
from eventapp.accounts.rules import PASSWORD_MIN, RESET_LINK_LASTS
from eventapp.core.db import commit, db

CONFIG: dict[str, Any] = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SINGLE_HASH": True,
    "SECURITY_PASSWORD_LENGTH_MIN": PASSWORD_MIN,
    "SECURITY_RECOVERABLE": True,
    "SECURITY_RESET_PASSWORD_WITHIN": RESET_LINK_LASTS,
    "SECURITY_LOGIN_URL": "/login",
    "SECURITY_LOGOUT_URL": "/logout",
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_RESET_URL": "/reset",
    "SECURITY_POST_LOGOUT_VIEW": "/",
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
    "SECURITY_JOIN_USER_ROLES": False,
    "SECURITY_STATIC_FOLDER": None,
    # A negative time switches off the library's page for signing in again.
    "SECURITY_FRESHNESS": timedelta(minutes=-1),
}


class UserStore(SQLAlchemyUserDatastore):
    """Users with their grants in one query; commits where everything does."""

    def commit(self) -> None:
        """Commits the transaction."""
        commit()

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> User | None:  # noqa: ARG002 - the library's signature
        """The user whose one given column has the given value."""
        query = select(User).options(joinedload(User.grants)).filter_by(**kwargs)
        return db.session.scalars(query).unique().one_or_none()


class NoMail(MailUtil):
    """The library sends nothing: mails are rows in the outbox, written by `accounts.mails`."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - the signature of the library
        """Refuses, since it would have been sent outside the transaction."""
        raise RuntimeError("mails go through the outbox")


def init_accounts(app: Flask) -> None:
    """Sets up sessions and the sign-in pages."""
    for name, value in CONFIG.items():
        app.config.setdefault(name, value)
    security = Security(app, UserStore(db, User, Grant), mail_util_cls=NoMail)
    security.want_json(lambda _request: False)
    app.extensions["accounts"] = security
    # A session cookie is the only way in: the library would also take a token out of any address.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    # Flask-Principal would ask for the user before the request has said that it only reads.
    hooks = app.before_request_funcs.get(None, [])
    app.before_request_funcs[None] = [hook for hook in hooks if getattr(hook, "__self__", None) is not security.principal]
    app.login_manager.user_loader(session_cookie.load_user)  # type: ignore[attr-defined]
    app.view_functions["security.logout"] = signing_in.logout
    app.view_functions["security.login"] = signing_in.login
    app.view_functions["security.forgot_password"] = signing_in.forgot_password
    app.view_functions["security.reset_password"] = signing_in.reset_password
