"""Settings from `EVENTAPP_*` environment variables, checked before anything starts."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

VERSION = "0.1.0"
ROOT = Path(__file__).resolve().parent.parent
SAMPLE_WORDS = re.compile(
    "change|me|this|your|my|our|the|its?|is|are|not|only|secret|key|example|sample|test|default|development|production|dev|prod|"
    "password|passwd|insecure|unsafe|please|replace|here|random|string|long|very|super|top|event|app|flask|django|token|value|"
    "with|some|real|characters|session|qwerty|uiop|asdf|ghjkl|zxcv|bnm|0?123456789|12345"
)
# So many signs must be left of a key without the words above.
FEWEST_DRAWN = 16
DEVELOPMENT_SECRET = "development-only-not-a-secret-0123456789"  # noqa: S105 - production refuses it
KNOWN = {
    "EVENTAPP_ENV": "development or production",
    "EVENTAPP_DATABASE_URL": "sqlite:///… or postgresql://…; default SQLite in the instance folder",
    "EVENTAPP_SECRET_KEY": "at least 32 random characters",
    "EVENTAPP_BASE_URL": "the address people use, https://… in production",
    "EVENTAPP_MAIL_URL": "smtp://user:password@host:587 or smtps://…; without it mails are files and a page",
    "EVENTAPP_MAIL_FROM": "the sender's address, default events@ the host of the base URL",
    "EVENTAPP_QUEUE_URL": "sqlite (default), postgresql://… or redis://… for several machines",
    "EVENTAPP_SITE_NAME": "the name in the page head",
    "EVENTAPP_INSTANCE": "folder for the database, mails as files and the queue; default ./instance",
    "EVENTAPP_PROXIES": "how many trusted proxies stand in front (X-Forwarded-*), default 0",
    "EVENTAPP_RUN_DEMAND": "from how many people of a sub-region on a run of a course is suggested, default 8",
    "EVENTAPP_RECORDING_MB": "how large a recording for an exercise may be, in megabytes, default 300",
    "EVENTAPP_DEBUG": "1 for Flask's debug mode, never in production",
}


class SettingsError(Exception):
    """The configuration is unsafe or wrong; `problems` holds one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """Everything that can be set from outside."""

    env: str
    database_url: str
    secret_key: str
    base_url: str
    mail_url: str | None
    mail_from: str
    queue_url: str
    site_name: str
    instance: Path
    proxies: int
    recording_mb: int
    debug: bool
    run_demand: int = 8

    @property
    def production(self) -> bool:
        """Whether real people depend on this installation."""
        return self.env == "production"

    @property
    def host(self) -> str:
        """Host name of the base URL, without the port."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def trusted_hosts(self) -> list[str]:
        """Host headers that are answered; development also answers on loopback names."""
        return [self.host] if self.production else sorted({self.host, "127.0.0.1", "localhost"})

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Reads and checks the variables. Raises `SettingsError` with every problem found, not only the first."""
        values = {k: v.strip() for k, v in (os.environ if environ is None else environ).items() if k.startswith("EVENTAPP_")}
        problems = [f"{name} is not a setting of eventapp; known are {', '.join(KNOWN)}" for name in values if name not in KNOWN]
        env = values.get("EVENTAPP_ENV", "development") or "development"
        if env not in ("development", "production"):
            problems.append(f"EVENTAPP_ENV must be development or production, not {env!r}")
        instance = Path(values.get("EVENTAPP_INSTANCE") or ROOT / "instance").absolute()
        proxies = values.get("EVENTAPP_PROXIES", "0") or "0"
        if not (proxies.isascii() and proxies.isdigit() and int(proxies) <= 5):
            problems.append("EVENTAPP_PROXIES must be a whole number from 0 to 5")
            proxies = "0"
        demand = values.get("EVENTAPP_RUN_DEMAND", "8") or "8"
        if not (demand.isascii() and demand.isdigit() and 1 <= int(demand[:9]) <= 10_000):
            problems.append("EVENTAPP_RUN_DEMAND must be a whole number from 1 to 10000")
            demand = "8"
        recording_mb = values.get("EVENTAPP_RECORDING_MB", "300") or "300"
        if not (recording_mb.isascii() and recording_mb.isdigit() and 1 <= int(recording_mb[:6]) <= 4000):
            problems.append("EVENTAPP_RECORDING_MB must be a whole number from 1 to 4000")
            recording_mb = "300"
        base_url = (values.get("EVENTAPP_BASE_URL") or "http://127.0.0.1:5000").rstrip("/")
        problems += _base_url_problems(base_url, env, bool(values.get("EVENTAPP_BASE_URL")))
        secret = values.get("EVENTAPP_SECRET_KEY", "")
        debug = values.get("EVENTAPP_DEBUG", "") not in ("", "0")
        if env == "production":
            problems += _secret_problems(secret)
            if debug:
                problems.append("EVENTAPP_DEBUG must not be set in production")
        database_url, database_problems = _database_url(values.get("EVENTAPP_DATABASE_URL", ""), instance)
        problems += database_problems
        mail_url = values.get("EVENTAPP_MAIL_URL") or None
        if mail_url and (urlsplit(mail_url).scheme not in ("smtp", "smtps") or not urlsplit(mail_url).hostname):
            problems.append("EVENTAPP_MAIL_URL must look like smtp://user:password@host:587 or smtps://host:465")
        queue_url = values.get("EVENTAPP_QUEUE_URL") or "sqlite"
        if queue_url != "sqlite" and urlsplit(queue_url).scheme not in ("postgresql", "postgres", "redis", "rediss"):
            problems.append("EVENTAPP_QUEUE_URL must be sqlite, postgresql://… or redis://…")
        if problems:
            raise SettingsError(problems)
        host = urlsplit(base_url).hostname or "localhost"
        return cls(
            env=env,
            database_url=database_url,
            secret_key=secret or DEVELOPMENT_SECRET,
            base_url=base_url,
            mail_url=mail_url,
            mail_from=values.get("EVENTAPP_MAIL_FROM") or f"events@{host}",
            queue_url=queue_url,
            site_name=values.get("EVENTAPP_SITE_NAME") or "eventapp",
            instance=instance,
            proxies=int(proxies),
            recording_mb=int(recording_mb),
            debug=debug,
            run_demand=int(demand),
        )


def _base_url_problems(base_url: str, env: str, given: bool) -> list[str]:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        return ["EVENTAPP_BASE_URL must look like https://events.example.com"]
    if env == "production" and not given:
        return ["EVENTAPP_BASE_URL is not set: links in mails need the address that people use"]
    if env == "production" and parts.scheme != "https":
        return ["EVENTAPP_BASE_URL must start with https:// in production"]
    return []


def _secret_problems(secret: str) -> list[str]:
    make = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if not secret:
        return [f"EVENTAPP_SECRET_KEY is not set; {make}"]
    if len(secret) < 32:
        return [f"EVENTAPP_SECRET_KEY is shorter than 32 characters; {make}"]
    return [f"EVENTAPP_SECRET_KEY is a sample, not a secret; {make}"] if _is_sample(secret) else []


def _is_sample(secret: str) -> bool:
    """Whether a key was typed rather than drawn: few different signs, something again and again, words of samples."""
    threes = [secret[n : n + 3] for n in range(len(secret) - 2)]
    in_a_row = sum(ord(after) - ord(before) in (0, 1) for before, after in pairwise(secret))
    rest = re.sub(r"[\W_]+", "", SAMPLE_WORDS.sub("", secret.lower()))
    again = len(set(secret)) < 10 or len(set(threes)) < len(threes) * 2 / 3
    return again or in_a_row > len(secret) / 3 or len(rest) < FEWEST_DRAWN


def _database_url(url: str, instance: Path) -> tuple[str, list[str]]:
    """The SQLAlchemy URL; `postgres://`, which SQLAlchemy no longer knows, is rewritten."""
    if not url:
        return f"sqlite:///{instance / 'eventapp.sqlite'}", []
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    scheme = url.split("://", 1)[0]
    if scheme not in ("sqlite", "postgresql", "postgresql+psycopg"):
        return url, ["EVENTAPP_DATABASE_URL must start with sqlite:/// or postgresql://"]
    return url, []
