#!/usr/bin/env python3
"""Set up and run eventapp: one command, standard library only.

python3 run.py [run] [--port N] [--host H]   set up, migrate, load the demo on a first start, serve
python3 run.py test [pytest arguments]       run every test, on SQLite and on Postgres
python3 run.py check                         format, lint, types, import contracts, templates
python3 run.py bench [arguments]             measure, print ratios to floors
python3 run.py prove [pytest arguments]      run the guarantees, print a table
python3 run.py app ...                       the eventapp command, for example: app doctor
"""

import argparse
import errno
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MINIMUM = (3, 11)
# Two halves, mostly one for each database; whoever is done first takes over from the other.
WORKERS = ["-n", "2", "--dist", "worksteal"]

# Up to the end of this block nothing may need more than Python 3.6: an old one has to get here to say so.
if sys.version_info[:2] < MINIMUM:
    mine = ".".join(map(str, sys.version_info[:2]))
    suits = f"import sys; sys.exit(sys.version_info[:2] < {MINIMUM})"
    for newer in filter(None, map(shutil.which, ("python3.14", "python3.13", "python3.12", "python3.11"))):
        # A name on PATH may be an empty promise (pyenv puts such there), so ask it first.
        if subprocess.call([newer, "-c", suits], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
            sys.stderr.write(f"Python {mine} is too old for eventapp, going on with {newer}.\n")
            sys.stderr.flush()
            os.execv(newer, [newer, *sys.argv])
    sys.exit(f"eventapp needs Python 3.11 or newer, this is {mine}. Get one, such as: apt install python3.11")

if sys.platform != "win32":
    import fcntl

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = BIN / ("python.exe" if sys.platform == "win32" else "python")
STAMP = VENV / "eventapp-ready"
RUN_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"  # all of RUN_LOCK in the same versions, and more
# The Python to build with: never the one inside .venv, which is about to be replaced and may have no pip.
BASE = sys.executable if Path(sys.prefix).resolve() != VENV.resolve() else str(getattr(sys, "_base_executable", ""))
# Settings of the caller's shell that would send packages elsewhere or let foreign ones shine through.
DISTURBING = {"PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV"}
CLEAN = {name: value for name, value in os.environ.items() if name not in DISTURBING}
UNREACHABLE = re.compile(
    r"(?i)name resolution|name or service not known|nodename nor servname|getaddrinfo|network is unreachable"
    r"|no route to host|connection (refused|reset|broken)|failed to establish|timed out|proxyerror"
)


class Problem(Exception):
    """What stops us, in one line for the person at the terminal."""


def say(line: str, end: str = "\n") -> None:
    """Write about our own work; to stderr, because stdout may be an export on its way into a file."""
    print(line, end=end, file=sys.stderr, flush=True)


def fingerprint(lock: Path) -> str:
    """What an environment made from this lock, by this Python, in this place is known by."""
    if not lock.exists():
        raise Problem(f"{lock.name} is missing: take the whole project, not run.py alone.")
    return hashlib.sha256(lock.read_bytes() + f"\n{sys.version}\n{VENV}".encode()).hexdigest()


def installed() -> set[str]:
    """Fingerprints of the locks that .venv holds completely; empty when it is not whole."""
    return set(STAMP.read_text(errors="replace").split()) if PYTHON.exists() and STAMP.is_file() else set()


def set_up(lock: Path) -> None:
    """Make .venv hold what the lock names, unless it does already; raise Problem.

    The stamp goes before the first change and comes back, in one step, after the last: a .venv without it was
    left half-done and is made anew. Packages for development come on top of those for running, and stay.
    """
    wanted = {fingerprint(RUN_LOCK), fingerprint(lock)}
    if wanted <= installed():
        return
    if VENV.is_symlink():
        raise Problem(f"{VENV} is a link, and what it leads to would be emptied: remove the link and try again.")
    if VENV.exists() and not VENV.is_dir():
        raise Problem(f"{VENV} is in the way, a folder is needed there: move it elsewhere and try again.")
    require_writable(VENV)
    with one_at_a_time() as handle:
        have = installed()
        if wanted <= have:  # by another run.py, while we waited
            return
        started = time.monotonic()
        say(f"Setting up (once, about {20 if lock == RUN_LOCK else 40} s) …")
        STAMP.unlink(missing_ok=True)
        install(lock, handle, anew=fingerprint(RUN_LOCK) not in have)
        unfinished = STAMP.with_suffix(".new")
        unfinished.write_text("\n".join(wanted))
        unfinished.replace(STAMP)
        say(f"Set up in {time.monotonic() - started:.0f} s.")


@contextmanager
def one_at_a_time() -> Iterator[list[int]]:
    """Let one set-up at a time into this folder; gives the handles that hold the lock, if any."""
    with Path(__file__).open("rb") as own:
        if sys.platform != "win32":
            try:
                fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another set-up is at work in this folder, waiting for it …")
                fcntl.flock(own, fcntl.LOCK_EX)
            except OSError:
                pass  # a file system without locks: two at once are rare, go on
        yield [] if sys.platform == "win32" else [own.fileno()]


def require_writable(folder: Path) -> None:
    """Raise Problem unless we may write into this folder, or into the one it is to be made in."""
    folder = folder if folder.exists() else folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Problem(f"{folder} is read-only: copy the project to a folder that you may write to.")


def install(lock: Path, handle: list[int], anew: bool) -> None:
    """Install the lock into .venv, with uv where that works, else with pip; raise Problem."""
    asked = subprocess.run([BASE, "-m", "pip", "--version"], env=CLEAN, capture_output=True, text=True, check=False)
    version = re.match(r"pip (\d+)\.(\d+)", asked.stdout)
    # pip fills a venv that has no pip of its own since 22.3, so Debian's python3-venv is not needed.
    outside = version is not None and (int(version[1]), int(version[2])) >= (22, 3)
    uv = shutil.which("uv")
    if anew:
        bare = ["--without-pip"] if outside or uv else []
        code, lines = follow([BASE, "-m", "venv", "--clear", *bare, str(VENV)], handle)
        if code:
            no_pip = "pip (22.3 or newer) is missing. Get it, such as: apt install python3-pip"
            raise Problem(f"Could not make .venv: {why(lines)}" if bare else no_pip)
    pins = ["--require-hashes", "-r", str(lock)]
    # uv does not read pip's settings (a mirror, a certificate): pip may get through where it fails.
    fast = [uv, "pip", "install", "--python", str(PYTHON), "--compile-bytecode", *pins] if uv else []
    if fast and follow(fast, handle)[0] == 0:
        return
    pip = [BASE, "-m", "pip", "--python", str(PYTHON)] if outside else [str(PYTHON), "-m", "pip"]
    code, lines = follow([*pip, "install", "--no-input", "--disable-pip-version-check", *pins], handle)
    if code:
        raise Problem(f"Could not install the packages: {why(lines)}")


def follow(command: list[str], handle: list[int]) -> tuple[int, list[str]]:
    """Run a step of the set-up, counting its packages on a terminal; gives its exit code and its lines."""
    lines: list[str] = []
    variables = CLEAN | {"PYTHONUNBUFFERED": "1", "UV_PYTHON_DOWNLOADS": "never"}
    # The child holds our lock too: should we be killed and it live on, nobody else starts meanwhile.
    with subprocess.Popen(
        command, env=variables, stdin=subprocess.DEVNULL, pass_fds=handle, text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as child:  # fmt: skip
        try:
            for line in child.stdout or ():
                lines.append(line.strip())
                if sys.stderr.isatty() and line.startswith("Collecting "):
                    say(f"\r  packages: {sum(one.startswith('Collecting ') for one in lines)}", end="")
        except BaseException:
            child.terminate()
            raise
    if sys.stderr.isatty() and lines:
        say("\r" + " " * 20, end="\r")
    return child.returncode, lines


def why(lines: list[str]) -> str:
    """What went wrong, out of what an installer said: no network, else its last error, else its last line."""
    if UNREACHABLE.search("\n".join(lines)):
        return "no way to the package registry. Connect to the network (or set pip's proxy) and try again."
    errors = [line for line in lines if re.match(r"error|fatal", line, re.IGNORECASE)]
    return (errors or [line for line in lines if line and line[0] != "["] or ["it gave no reason"])[-1]


def become(*arguments: str, start_in: Path = ROOT) -> int:
    """Turn into .venv's Python with these arguments, so that signals and the exit code are its own."""
    os.chdir(start_in)
    variables = CLEAN | {"PYTHONPATH": str(ROOT)}
    if sys.platform != "win32":  # on Windows exec gives the terminal back at once
        os.execve(PYTHON, [str(PYTHON), *arguments], variables)
    return subprocess.call([str(PYTHON), *arguments], env=variables)


def run(arguments: list[str]) -> int:
    """Serve the app; the port is tried first, so that a taken one is known before any waiting."""
    parser = argparse.ArgumentParser(prog="run.py", description="Set up and serve eventapp with its demo.")
    parser.add_argument("--port", type=int, default=5000, help="default: 5000")
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this machine only")
    chosen = parser.parse_args(arguments)
    require_free(chosen.host, chosen.port)
    set_up(RUN_LOCK)
    if "EVENTAPP_DATABASE_URL" not in os.environ:
        require_writable(ROOT / "instance")
    # The demo refuses production, so do not ask for it there.
    demo = [] if os.environ.get("EVENTAPP_ENV") == "production" else ["--demo"]
    return become("-m", "eventapp.cli", "serve", "--host", chosen.host, "--port", str(chosen.port), *demo)


def require_free(host: str, port: int) -> None:
    """Raise Problem unless a server can listen on this host and port."""
    if not 0 < port < 65536:
        raise Problem(f"{port} is no port: choose --port between 1 and 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if sys.platform != "win32":  # the wait that a server just stopped leaves behind does not hinder us
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Problem(f"Port {port} is in use: choose another one with --port.") from None
        if error.errno in (errno.EACCES, errno.EPERM):
            raise Problem(f"Port {port} is not allowed for you: choose one above 1023 with --port.") from None
        raise Problem(f"{host} is no address of this machine: choose another --host.") from None


def test(arguments: list[str]) -> int:
    """Run the tests with two workers, unless the caller decides on workers or debugs."""
    set_up(DEV_LOCK)
    decided = any(argument.startswith(("-n", "--numprocesses", "--pdb", "--trace")) for argument in arguments)
    return become("-m", "pytest", *([] if decided else WORKERS), *arguments)


def check(_arguments: list[str]) -> int:
    """Run every check side by side: a line for each, and what the failed ones said."""
    set_up(DEV_LOCK)
    checks = {
        "format": [str(PYTHON), "-m", "ruff", "format", "--check", "."],
        "lint": [str(PYTHON), "-m", "ruff", "check", "."],
        "types": [str(PYTHON), "-m", "mypy", "eventapp", "run.py", "wsgi.py"],
        "imports": [str(BIN / "lint-imports"), "--no-logo"],
        "templates": [str(PYTHON), "-m", "djlint", "templates", "--lint"],
    }
    os.chdir(ROOT)
    variables = CLEAN | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    running = {}
    for name, command in checks.items():
        running[name] = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    green, red, plain = ("\033[32m", "\033[31m", "\033[0m") if sys.stdout.isatty() else ("", "", "")
    for name, process in running.items():
        said = process.communicate()[0].decode(errors="replace").strip()
        verdict = f"{red}failed{plain}\n{said}" if process.returncode else f"{green}ok{plain}"
        print(f"{name:<10} {verdict}", flush=True)
    return int(any(process.returncode for process in running.values()))


def bench(arguments: list[str]) -> int:
    """Measure, as ratios to floors."""
    set_up(DEV_LOCK)
    return become("-m", "bench", *arguments)


def prove(arguments: list[str]) -> int:
    """Run the guarantees, each with its negative control, and print them as a table."""
    set_up(DEV_LOCK)
    table = ["-p", "tests.guarantees.table"] if (ROOT / "tests/guarantees/table.py").exists() else []
    return become("-m", "pytest", "tests/guarantees", *WORKERS, "-q", *table, *arguments)


def app(arguments: list[str]) -> int:
    """Pass the rest to the eventapp command, in the caller's folder: it may name files there."""
    set_up(RUN_LOCK)
    # -P: what lies in that folder is not to be taken for our modules.
    return become("-P", "-m", "eventapp.cli", *arguments, start_in=Path.cwd())


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for; gives the exit code. What stops us is one line, never a traceback."""
    commands = {"run": run, "test": test, "check": check, "bench": bench, "prove": prove, "app": app}
    if arguments and arguments[0] in ("-h", "--help", "help"):
        print((__doc__ or "").strip())
        return 0
    name = "run" if not arguments or arguments[0].startswith("-") else arguments.pop(0)
    try:
        if name not in commands:
            raise Problem(f"There is no command {name!r}. There are: {', '.join(commands)}.")
        return commands[name](arguments)
    except Problem as problem:
        say(str(problem))
    except OSError as error:
        say(f"{error.filename or 'The system'}: {error.strerror or error}.")
    except KeyboardInterrupt:
        say("")
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
