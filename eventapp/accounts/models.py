"""Logins and what they may do."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum


class Role(StrEnum):
    """What a login may do at the vendor. The roles of partner people stand on their membership."""

    ORGANIZER = "organizer"
    SYSTEM_ADMIN = "system_admin"


class Grant(Base, RoleMixin):
    """A role given to a user: by whom, when, until when."""

    __tablename__ = "user_grant"
    __table_args__ = (Index("ix_user_grant_user_id_role", "user_id", "role", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(text_enum(Role))
    granted_by: Mapped[str] = mapped_column(String(254))
    granted_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]

    @property
    def name(self) -> str:  # type: ignore[override] # the mixin has a column here
        """The role's name, as Flask-Security reads it."""
        return self.role.value


class User(Base, UserMixin):
    """A login. `fs_uniquifier` stands in the session cookie: changing it ends all sessions at once."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    grants: Mapped[list[Grant]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def roles(self) -> Any:  # type: ignore[override] # the mixin has a relationship here
        """The grants, under the name that Flask-Security reads."""
        return self.grants

    @property
    def display_name(self) -> str:
        """Name for the page head: the person's, else the address."""
        return self.name or self.email

    @property
    def actor_id(self) -> int:
        """Id for the audit log."""
        return self.id

    @property
    def actor_name(self) -> str:
        """Name for the audit log; the address, since it is unique."""
        return self.email


class Attempt(Base):
    """A counted try: a sign-in, or a mail asked for. `key` is the account or the network address, hashed."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_kind_key_at", "kind", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)
