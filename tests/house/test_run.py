"""run.py on its own: every test runs it as its users do, in a folder made for it, without a network.

The packages themselves are not the point here, so the Python that builds has a stand-in for pip.
"""

import ast
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
TRACEBACK = "Traceback (most recent call last)"

# Fills .venv with a file for each lock, and fails, dawdles or is too old when told so.
PIP = """
import os, pathlib, sys, time
how = os.environ.get("PIP_DOES", "")
if "--version" in sys.argv:
    sys.exit("No module named pip" if how == "missing" else print("pip 23.0.1 from somewhere (python 3)"))
root = pathlib.Path(os.environ["PIP_CALLS"]).parent
with open(os.environ["PIP_CALLS"], "a") as calls:
    calls.write(pathlib.Path(sys.argv[-1]).name + "\\n")
print("Collecting flask==3.1.3 (from -r requirements.lock (line 1))", flush=True)
if how == "offline":
    print("WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError("
          "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /flask/")
    print("ERROR: Could not find a version that satisfies the requirement flask==3.1.3 (from versions: none)")
    sys.exit("ERROR: No matching distribution found for flask==3.1.3")
if how == "full":
    sys.exit("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\\n\\n"
             "[notice] A new release of pip is available: 23.0.1 -> 26.1")
halves = [root / ".venv" / name for name in ("half", f"half-{os.getpid()}")]
for half in reversed(halves):
    half.write_text("a file of a package that is not there completely")
for _ in range({"dawdle": 600, "linger": 20, "outlive": 20}.get(how, 0)):
    if how != "outlive":  # whose end would show when it speaks to nobody
        print("still at it", flush=True)
    time.sleep(0.05)
for half in halves:
    half.unlink()
script = root / ".venv" / "bin" / "lint-imports"
script.write_text("#!/bin/sh\\necho contracts kept\\n")
script.chmod(0o755)
"""
# What the commands lead to: says what it was called with, and fails when told so.
TOOL = """
import os, sys
print("{name}", *sys.argv[1:], "in", os.getcwd())
sys.exit("{name}" in os.environ.get("FAILING", "").split())
"""


@dataclass
class Project:
    """A folder with run.py, two locks and stand-ins for what run.py starts."""

    root: Path
    python: Path
    variables: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        return [str(self.python), str(self.root / "run.py"), *arguments]

    def environment(self, **variables: str) -> dict[str, str]:
        base = {name: value for name, value in os.environ.items() if not name.startswith(("EVENTAPP_", "PYTHON"))}
        # Nothing on PATH: no uv, no other Python.
        calls = str(self.root / "calls")
        return base | {"PATH": str(self.root / "path"), "PIP_CALLS": calls} | self.variables | variables

    def __call__(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(**variables),
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=100,
        )

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment(**variables),
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def installs(self) -> list[str]:
        """The locks that were installed so far, in order."""
        calls = self.root / "calls"
        return calls.read_text().split() if calls.exists() else []

    def wait_for(self, name: str) -> None:
        """Wait until this file is there."""
        until = time.monotonic() + 60
        while not (self.root / name).exists():
            assert time.monotonic() < until, f"{name} never came"
            time.sleep(0.01)


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python whose pip is the stand-in."""
    home = tmp_path_factory.mktemp("builder")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    packages = next(home.glob("lib/python3*/site-packages"))
    (packages / "pip.py").write_text(PIP)
    return home / "bin" / "python"


@pytest.fixture
def project(tmp_path: Path, builder: Path) -> Project:
    root = tmp_path / "a project"
    (root / "eventapp").mkdir(parents=True)
    (root / "path").mkdir()
    shutil.copy(SOURCE / "run.py", root)
    (root / "requirements.lock").write_text("flask==3.1.3\n")
    (root / "requirements-dev.lock").write_text("flask==3.1.3\npytest==9.2.0\n")
    (root / "eventapp" / "cli.py").write_text(TOOL.format(name="eventapp"))
    for name in ("pytest", "ruff", "mypy", "djlint", "bench"):
        (root / f"{name}.py").write_text(TOOL.format(name=name))
    return Project(root, builder)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port of this machine that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What run.py said when it gave up: one line, but for the note that it began to set up."""
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if not line.startswith("Setting up")]
    assert len(lines) == 1, done.stderr
    assert TRACEBACK not in done.stdout + done.stderr
    return lines[0]


def test_first_start_sets_up_and_serves(project: Project, free_port: int) -> None:
    done = project("--port", str(free_port))
    assert done.returncode == 0, done.stderr
    expected = f"eventapp serve --host 127.0.0.1 --port {free_port} --demo in {project.root}"
    assert done.stdout.strip() == expected
    assert done.stderr.startswith("Setting up (once, about 20 s) …\nSet up in ")
    assert project.installs() == ["requirements.lock"]


def test_second_start_installs_nothing_and_says_nothing(project: Project, free_port: int) -> None:
    project("run", "--port", str(free_port))
    started = time.monotonic()
    again = project("run", "--port", str(free_port))
    assert time.monotonic() - started < 3
    assert (again.returncode, again.stderr) == (0, "")
    assert project.installs() == ["requirements.lock"]


def test_production_is_not_asked_for_the_demo(project: Project, free_port: int) -> None:
    done = project("--port", str(free_port), EVENTAPP_ENV="production")
    assert "serve" in done.stdout
    assert "--demo" not in done.stdout


def test_development_packages_come_on_top_and_stay(project: Project) -> None:
    project("app", "doctor")
    assert project("test", "-k", "one").stdout.startswith("pytest -n 2 --dist worksteal -k one in ")
    assert project("app", "doctor").stderr == ""
    assert project("test").stderr == ""
    assert project.installs() == ["requirements.lock", "requirements-dev.lock"]


def test_tests_first_need_one_install(project: Project) -> None:
    project("test")
    project("app", "doctor")
    assert project.installs() == ["requirements-dev.lock"]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_changed_lock_is_installed(project: Project, lock: str) -> None:
    project("test")
    with (project.root / lock).open("a") as pins:
        pins.write("wtforms==3.3.2\n")
    project("test")
    assert project.installs() == ["requirements-dev.lock"] * 2


@pytest.mark.parametrize("broken", ["bin/python", "eventapp-ready", "half of it"])
def test_a_broken_environment_mends_itself(project: Project, broken: str) -> None:
    project("app", "doctor")
    if broken == "half of it":
        (project.root / ".venv" / "eventapp-ready").write_bytes(b"\xff\x00 torn")
    else:
        (project.root / ".venv" / broken).unlink()
    assert project("app", "doctor").returncode == 0
    assert project.installs() == ["requirements.lock"] * 2


def test_a_moved_project_is_set_up_again(project: Project) -> None:
    project("app", "doctor")
    elsewhere = project.root.rename(project.root.with_name("moved"))
    moved = Project(elsewhere, project.python)
    assert moved("app", "doctor").returncode == 0
    assert moved.installs() == ["requirements.lock"] * 2


@pytest.mark.parametrize("before", ["nothing", "run"])
def test_killed_half_way_mends_itself(project: Project, before: str) -> None:
    if before == "run":
        project("app", "doctor")
    victim = project.start("test", PIP_DOES="dawdle")
    project.wait_for(".venv/half")
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    done = project("app", "doctor")
    assert done.returncode == 0, done.stderr
    assert "Setting up" in done.stderr
    assert list((project.root / ".venv").glob("half*")) == []
    assert project("app", "doctor").stderr == ""


def test_an_installer_that_outlives_its_run_is_waited_for(project: Project) -> None:
    victim = project.start("app", "doctor", PIP_DOES="outlive")
    project.wait_for(".venv/half")
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    done = project("app", "doctor")
    victim.communicate()
    assert done.stderr.startswith("Another set-up is at work")
    assert done.returncode == 0
    assert project.installs() == ["requirements.lock"] * 2


def test_interrupted_ends_quietly(project: Project) -> None:
    victim = project.start("app", "doctor", PIP_DOES="dawdle")
    project.wait_for(".venv/half")
    victim.send_signal(signal.SIGINT)
    out, err = victim.communicate(timeout=60)
    assert victim.returncode == 130
    assert out == ""
    assert TRACEBACK not in err


def test_two_at_once_set_up_once(project: Project) -> None:
    first = project.start("app", "one", PIP_DOES="linger")
    project.wait_for(".venv/half")
    second = project("app", "two")
    first.communicate(timeout=60)
    assert second.stderr.startswith("Another set-up is at work")
    assert second.stdout.startswith("eventapp two ")
    assert first.returncode == 0
    assert project.installs() == ["requirements.lock"]


def test_no_network_is_one_line(project: Project) -> None:
    assert "network" in one_line(project("app", "doctor", PIP_DOES="offline"))
    assert project("app", "doctor").returncode == 0


def test_a_failed_install_names_the_last_error(project: Project) -> None:
    said = one_line(project("app", "doctor", PIP_DOES="full"))
    assert said.endswith("[Errno 28] No space left on device")


def test_no_pip_is_one_line_with_a_way_to_get_it(project: Project, builder: Path) -> None:
    # Debian's python3 without python3-venv cannot put a pip into a venv either.
    debian = next(builder.parent.parent.glob("lib/python3*/site-packages")) / "sitecustomize.py"
    debian.write_text(
        "import sys\nif sys.orig_argv[1:3] == ['-m', 'venv'] and '--without-pip' not in sys.orig_argv:\n"
        "    sys.exit('The virtual environment was not created: ensurepip is not available.')\n"
    )
    try:
        said = one_line(project("app", "doctor", PIP_DOES="missing"))
    finally:
        debian.unlink()
    assert said.startswith("pip ")
    assert "apt install python3-pip" in said


def test_a_file_in_the_place_of_the_environment_is_one_line(project: Project) -> None:
    (project.root / ".venv").write_text("")
    assert ".venv is in the way" in one_line(project("app", "doctor"))


def test_an_environment_behind_a_link_is_left_alone(project: Project, tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "kept").write_text("")
    (project.root / ".venv").symlink_to(tmp_path / "others")
    assert ".venv is a link" in one_line(project("app", "doctor"))
    assert (tmp_path / "others" / "kept").exists()


@pytest.mark.parametrize("ready", [False, True], ids=["fresh", "set up"])
def test_a_read_only_folder_is_one_line(project: Project, free_port: int, ready: bool) -> None:
    if ready:
        project("app", "doctor")
    command = project.command("--port", str(free_port))
    if os.geteuid() == 0:  # root may write anywhere, so take that power away
        setpriv = shutil.which("setpriv")
        if not setpriv:
            pytest.skip("needs setpriv when root runs the tests")
        taken = "-dac_override,-dac_read_search"
        command = [setpriv, f"--bounding-set={taken}", f"--inh-caps={taken}", *command]
    project.root.chmod(0o555)
    try:
        done = subprocess.run(command, env=project.environment(), capture_output=True, text=True, timeout=100)
    finally:
        project.root.chmod(0o755)
    assert f"{project.root} is read-only" in one_line(done)


def test_a_lost_lock_is_one_line(project: Project) -> None:
    (project.root / "requirements.lock").unlink()
    assert one_line(project("app", "doctor")).startswith("requirements.lock is missing")


def test_a_taken_port_is_one_line_before_any_waiting(project: Project, taken_port: int) -> None:
    said = one_line(project("--port", str(taken_port)))
    assert said == f"Port {taken_port} is in use: choose another one with --port."
    assert project.installs() == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--port", "0"], "--port"),
        (["--port", "70000"], "--port"),
        (["--host", "203.0.113.7"], "--host"),
        (["sever"], "There is no command 'sever'"),
    ],
)
def test_what_cannot_be_is_one_line(project: Project, arguments: list[str], word: str) -> None:
    assert word in one_line(project(*arguments))
    assert project.installs() == []


def test_help_names_every_command(project: Project) -> None:
    done = project("--help")
    assert done.returncode == 0
    for name in ("run", "test", "check", "bench", "prove", "app"):
        assert re.search(rf"run\.py \[?{name}\b", done.stdout)
    assert project.installs() == []


@pytest.mark.parametrize("arguments", [["-n", "4"], ["-n0"], ["--numprocesses=3"], ["--pdb", "tests/test_one.py"]], ids=" ".join)
def test_who_decides_on_workers_is_heard(project: Project, arguments: list[str]) -> None:
    assert project("test", *arguments).stdout.startswith(f"pytest {' '.join(arguments)} in ")


def test_prove_and_bench_pass_the_rest_on(project: Project) -> None:
    assert project("prove", "-k", "seat").stdout.startswith("pytest tests/guarantees -n 2 --dist worksteal -q -k seat in ")
    assert project("bench", "--quick").stdout.startswith("bench --quick in ")
    table = project.root / "tests" / "guarantees" / "table.py"
    table.parent.mkdir(parents=True)
    table.touch()
    assert "-p tests.guarantees.table" in project("prove").stdout


def test_the_exit_code_is_passed_on(project: Project) -> None:
    assert project("test", FAILING="pytest").returncode == 1
    assert project("app", "doctor", FAILING="eventapp").returncode == 1


def test_app_stays_in_the_folder_it_was_called_from(project: Project, tmp_path: Path) -> None:
    project("app", "doctor")
    called_from = tmp_path / "downloads"
    (called_from / "eventapp").mkdir(parents=True)
    (called_from / "eventapp" / "cli.py").write_text("print('not ours')")
    done = subprocess.run(
        project.command("app", "import", "partners", "list.csv"),
        env=project.environment(),
        cwd=called_from,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == f"eventapp import partners list.csv in {called_from}"


def test_check_runs_all_and_fails_with_any(project: Project) -> None:
    green = project("check")
    names = ["format", "lint", "types", "imports", "templates"]
    assert green.stdout.splitlines() == [f"{name:<10} ok" for name in names]
    assert green.returncode == 0
    red = project("check", FAILING="mypy")
    assert red.returncode == 1
    lines = red.stdout.splitlines()
    assert lines[2:4] == ["types      failed", f"mypy eventapp run.py wsgi.py in {project.root}"]
    assert lines[-1] == "templates  ok"


# Stands in for an interpreter of long ago: only its version is old.
OLD = "import runpy, sys; sys.version_info = (3, 9, 18); sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0])"


def test_an_old_python_says_what_it_needs(project: Project) -> None:
    old = subprocess.run(
        [str(project.python), "-c", OLD, "run.py", "app"],
        env=project.environment(),
        cwd=project.root,
        capture_output=True,
        text=True,
    )
    assert one_line(old).startswith("eventapp needs Python 3.11 or newer, this is 3.9.")


def test_an_old_python_hands_over_to_a_newer_one(project: Project) -> None:
    empty_promise = project.root / "path" / "python3.13"
    empty_promise.write_text("#!/bin/sh\nexit 127\n")
    newer = project.root / "path" / "python3.11"
    newer.write_text(f'#!/bin/sh\nexec "{project.python}" "$@"\n')
    for script in (empty_promise, newer):
        script.chmod(0o755)
    done = subprocess.run(
        [str(project.python), "-c", OLD, "run.py", "app", "doctor"],
        env=project.environment(),
        cwd=project.root,
        capture_output=True,
        text=True,
    )
    assert done.stderr.startswith(f"Python 3.9 is too old for eventapp, going on with {newer}.")
    assert done.stdout.startswith("eventapp doctor ")


def test_an_old_python_can_read_run_py() -> None:
    ast.parse((SOURCE / "run.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_the_development_lock_holds_all_of_the_other() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^\S+==[^\s;]+", (SOURCE / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_name_no_host_and_hash_everything(lock: str) -> None:
    text = (SOURCE / lock).read_text()
    assert "://" not in text
    for pin in re.split(r"\n(?=\S+==)", text.strip()):
        assert "--hash=sha256:" in pin, pin.splitlines()[0]
