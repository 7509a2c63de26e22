"""Logins and what they may do."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import ForeignKey, Index, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum


class Role(StrEnum):
    """What a login may do at the vendor. The roles of partner people stand on their membership."""

    SYSTEM_ADMIN = "system_admin"
    ORGANIZER = "organizer"
    PARTNER_MANAGER = "partner_manager"
    TRAINER = "trainer"
    FINANCE = "finance"
    AUDITOR = "auditor"
    CATERING = "catering"


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
    """A login. `fs_uniquifier` stands in the session cookie: changing it ends all sessions at once.

    `totp_secret` is encrypted; `totp_step` is the last time step (RFC 6238) whose code was accepted, so that no code
    works twice. `passkey_handle` is the random user handle of WebAuthn, which tells nothing about the person.
    """

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    totp_secret: Mapped[str | None] = mapped_column(String(255))
    totp_step: Mapped[int | None]
    totp_since: Mapped[datetime | None]
    passkey_handle: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    grants: Mapped[list[Grant]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    # The name of the company that a partner acts for in this request, for the audit log; no column.
    on_behalf = ""

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


class UserSession(Base):
    """A device that is signed in. The cookie holds the key, the table its hash; `ended_at` ends it at the next request.

    `methods` are the ways in which it was proven who this is, for example `password,totp`.
    """

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    methods: Mapped[str] = mapped_column(String(80))
    device: Mapped[str] = mapped_column(String(200), default="")
    network: Mapped[str] = mapped_column(String(60), default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LinkKind(StrEnum):
    """What a mailed link does."""

    SIGN_UP = "sign_up"
    SIGN_IN = "sign_in"
    CHANGE_ADDRESS = "change_address"
    UNDO_ADDRESS = "undo_address"
    STAFF_INVITATION = "staff_invitation"


class AccountLink(Base):
    """A link in a mail: bound to an address, works once and until `expires_at`. The table holds the hash of its secret.

    `details` is what the link carries out, for example the name and the password hash of somebody who signs up: no
    login exists before the address is proven.
    """

    __tablename__ = "account_link"
    __table_args__ = (Index("ix_account_link_kind_address", "kind", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(text_enum(LinkKind))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(254))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254), default="")
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Passkey(Base):
    """A WebAuthn credential of a user (W3C Web Authentication Level 2)."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(2048))
    sign_count: Mapped[int] = mapped_column(default=0)
    transports: Mapped[str] = mapped_column(String(100), default="")
    name: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that stands in for a lost second factor, once."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class IdentityProvider(Base):
    """An OpenID Connect provider that signs people in: the vendor's staff (`for_staff`), or the people of one company.

    `client_secret` is encrypted. `groups_claim` names the claim with the groups, which give roles at a provider for staff.
    """

    __tablename__ = "identity_provider"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    label: Mapped[str] = mapped_column(String(100))
    issuer: Mapped[str] = mapped_column(String(250))
    client_id: Mapped[str] = mapped_column(String(200))
    client_secret: Mapped[str] = mapped_column(String(500))
    groups_claim: Mapped[str] = mapped_column(String(60), default="groups")
    # False unless said otherwise: what is not known to be the vendor's gives no roles.
    for_staff: Mapped[bool] = mapped_column(default=False, server_default=false())
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class ProviderGroup(Base):
    """Members of a provider's group have a role here, for as long as the provider says so at sign-in."""

    __tablename__ = "provider_group"

    provider_id: Mapped[int] = mapped_column(ForeignKey("identity_provider.id", ondelete="CASCADE"), primary_key=True)
    group_name: Mapped[str] = mapped_column(String(200), primary_key=True)
    role: Mapped[Role] = mapped_column(text_enum(Role), primary_key=True)


class Identity(Base):
    """Who somebody is at a provider: issuer and subject, never the address (OpenID Connect Core 5.7)."""

    __tablename__ = "identity"
    __table_args__ = (Index("uq_identity_provider_id_subject", "provider_id", "subject", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("identity_provider.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Policy(Base):
    """A choice of the whole installation, for example whether vendor staff need a second factor."""

    __tablename__ = "policy"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]]
    changed_by: Mapped[str] = mapped_column(String(254))
    changed_at: Mapped[datetime]
