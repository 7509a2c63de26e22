"""G20: an unsafe configuration does not start, and says why, in one line each."""

import base64
import os
import random
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from eventapp import settings
from eventapp.settings import DEVELOPMENT_SECRET, ROOT, Settings, SettingsError

SAFE = {
    "EVENTAPP_ENV": "production",
    "EVENTAPP_SECRET_KEY": "q8Zr1-vLxT0w_9sKdYpEoUaMnHbGfJc2",
    "EVENTAPP_BASE_URL": "https://events.karmin.example",
}
UNSAFE = {
    "no secret": ({"EVENTAPP_SECRET_KEY": ""}, "EVENTAPP_SECRET_KEY is not set"),
    "a short secret": ({"EVENTAPP_SECRET_KEY": "q8Zr1-vLxT0w"}, "EVENTAPP_SECRET_KEY is shorter"),
    "the development secret": ({"EVENTAPP_SECRET_KEY": DEVELOPMENT_SECRET}, "EVENTAPP_SECRET_KEY is a sample"),
    "a secret of one letter": ({"EVENTAPP_SECRET_KEY": "a" * 64}, "EVENTAPP_SECRET_KEY is a sample"),
    **{
        f"the key {key}": ({"EVENTAPP_SECRET_KEY": key}, "EVENTAPP_SECRET_KEY is a sample")
        for key in (
            "your-secret-key-your-secret-key-your-secret-key",
            "change-me-change-me-change-me-change-me",
            "please-replace-this-example-secret-key-with-a-random-one",
            "abcdefghijklmnopqrstuvwxyz0123456789",
            "my-super-secret-password-1234567890-abc",
            "qwertyuiopasdfghjklzxcvbnm1234567890",
            "Karmin2027!Karmin2027!Karmin2027!",
        )
    },
    "debug": ({"EVENTAPP_DEBUG": "1"}, "EVENTAPP_DEBUG"),
    "an http address": ({"EVENTAPP_BASE_URL": "http://events.karmin.example"}, "EVENTAPP_BASE_URL must start with https"),
    "no address": ({"EVENTAPP_BASE_URL": ""}, "EVENTAPP_BASE_URL is not set"),
    "an address without a host": ({"EVENTAPP_BASE_URL": "https://"}, "EVENTAPP_BASE_URL must look like"),
    "a misspelt variable": ({"EVENTAPP_SECERT_KEY": "x"}, "EVENTAPP_SECERT_KEY is not a setting"),
    "another environment": ({"EVENTAPP_ENV": "prod"}, "EVENTAPP_ENV must be"),
    "another database": ({"EVENTAPP_DATABASE_URL": "mysql://x"}, "EVENTAPP_DATABASE_URL must start with"),
    "a mail server that is none": ({"EVENTAPP_MAIL_URL": "mail.karmin.example"}, "EVENTAPP_MAIL_URL must look like"),
    "a queue that is none": ({"EVENTAPP_QUEUE_URL": "amqp://x"}, "EVENTAPP_QUEUE_URL must be"),
    "proxies that are no number": ({"EVENTAPP_PROXIES": "²"}, "EVENTAPP_PROXIES must be"),
    "recordings of no size": ({"EVENTAPP_RECORDING_MB": "0"}, "EVENTAPP_RECORDING_MB must be"),
}


def problems(**changed: str) -> list[str]:
    """What stands against a start with these variables."""
    try:
        Settings.from_environ({**SAFE, **changed})
    except SettingsError as error:
        return error.problems
    return []


def test_a_safe_configuration_starts() -> None:
    assert problems() == []
    found = Settings.from_environ(SAFE)
    assert found.production
    assert found.trusted_hosts == ["events.karmin.example"]


def test_what_was_drawn_starts() -> None:
    drawn = random.Random(27)
    for _n in range(300):
        token = drawn.randbytes(24)
        for key in (token.hex(), base64.urlsafe_b64encode(token).decode(), str(uuid.UUID(bytes=token[:16]))):
            assert problems(EVENTAPP_SECRET_KEY=key) == [], key


@pytest.mark.parametrize("name", UNSAFE)
def test_an_unsafe_one_does_not(name: str) -> None:
    changed, message = UNSAFE[name]
    found = problems(**changed)
    assert len(found) == 1
    assert found[0].startswith(message)
    assert "\n" not in found[0]


def test_all_problems_are_told_at_once() -> None:
    assert len(problems(EVENTAPP_SECRET_KEY="", EVENTAPP_DEBUG="1", EVENTAPP_BASE_URL="http://x.example", EVENTAPP_X="1")) == 4


def test_secrets_do_not_stand_in_the_message() -> None:
    secret = "short-but-secret"
    assert secret not in str(problems(EVENTAPP_SECRET_KEY=secret))


def test_the_command_and_the_server_end_with_lines_and_no_traceback(tmp_path: Path) -> None:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("EVENTAPP_")}
    environ = {**clean, **SAFE, "EVENTAPP_SECRET_KEY": "short", "EVENTAPP_INSTANCE": str(tmp_path)}
    for command in (["-m", "eventapp.cli", "doctor"], ["-c", "import wsgi"]):
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode != 0
        assert "EVENTAPP_SECRET_KEY is shorter than 32 characters" in done.stderr
        assert "Traceback" not in done.stderr, done.stderr


def test_control_without_the_check_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_secret_problems", lambda _secret: [])
    assert problems(EVENTAPP_SECRET_KEY="") == []
