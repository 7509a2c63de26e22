"""Servers to load, and the clients that load them: keep-alive connections, one per client, standard library only."""

import itertools
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psutil

from bench.databases import HOST

ROOT = Path(__file__).resolve().parent.parent
WORKERS, THREADS = 2, 4
START_SECONDS = 40
REQUEST_SECONDS = 60


class Server:
    """gunicorn with two workers of four threads, on a free port of this machine, until the block ends."""

    def __init__(self, application: str, environ: Mapping[str, str]) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread"]
        command += ["--workers", str(WORKERS), "--threads", str(THREADS), "--keep-alive", "30", "--log-level", "error"]
        self.command = [*command, "--no-control-socket", "--preload"]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("EVENTAPP_")}
        self.environ = {
            **inherited,
            **environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        }

    def __enter__(self) -> "Server":
        # The log goes where a service's log goes: written, not read.
        self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environ, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"the server did not start: {' '.join(self.command)}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _answers(self) -> bool:
        try:
            with closing(Connection(self.port)) as connection:
                return connection.get("/healthz").status == 200
        except OSError:
            return False

    def cpu_seconds(self) -> float:
        """Processor time that the workers have used so far; what else runs on the machine does not count in it."""
        times = [child.cpu_times() for child in psutil.Process(self.process.pid).children()]
        return sum(t.user + t.system for t in times)

    def memory(self) -> float:
        """Megabytes that a worker keeps resident, the mean of the two."""
        sizes = [child.memory_info().rss for child in psutil.Process(self.process.pid).children()]
        return statistics.mean(sizes) / 1e6


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """A header's value; empty if it is not there."""
        found = re.search(rb"\r\n%s: ([^\r]*)" % name.encode(), self.head, re.IGNORECASE)
        return found[1].decode() if found else ""


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=REQUEST_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        self.socket.close()

    def get(self, path: str) -> Answer:
        """A GET as a browser without cookies sends it."""
        return self.send(request(path))

    def send(self, data: bytes) -> Answer:
        """Sends a request and reads the whole answer."""
        self.socket.sendall(data)
        received = self.socket.recv(65536)
        while (end := received.find(b"\r\n\r\n")) < 0:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("closed in the middle of an answer")
            received += more
        head, parts = received[:end], [received[end + 4 :]]
        found = re.search(rb"\r\nContent-Length: (\d+)", head, re.IGNORECASE)
        missing = (int(found[1]) if found else 0) - len(parts[0])
        while missing > 0:
            parts.append(self.socket.recv(65536))
            if not parts[-1]:
                raise ConnectionError("closed in the middle of an answer")
            missing -= len(parts[-1])
        return Answer(int(head[9:12]), head, b"".join(parts))


def request(path: str, *, cookie: str = "", form: Mapping[str, str] | Sequence[tuple[str, str]] | None = None) -> bytes:
    """The bytes of a GET, or of a POST of a form."""
    body = urlencode(form).encode() if form is not None else b""
    lines = [f"{'GET' if form is None else 'POST'} {path} HTTP/1.1", f"Host: {HOST}", "Accept: text/html", "Accept-Language: en"]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if form is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


Work = Callable[[Connection, int], None]


def drive(port: int, work: Work, *, clients: int, seconds: float | None = None, count: int | None = None) -> tuple[int, float]:
    """Lets clients do pieces of work, numbered from 0, for a time or so many; gives how many were done in what time.

    Raises the first error of any client: what failed must not count as fast.
    """
    numbers = itertools.count()
    lock, errors = threading.Lock(), list[BaseException]()
    done = [0] * clients
    start = threading.Barrier(clients + 1)
    deadline = 0.0

    def client(mine: int) -> None:
        try:
            with closing(Connection(port)) as connection:
                start.wait()
                while not errors and (seconds is None or time.perf_counter() < deadline):
                    with lock:
                        number = next(numbers)
                    if count is not None and number >= count:
                        return
                    work(connection, number)
                    done[mine] += 1
        except BaseException as error:
            errors.append(error)
            start.abort()

    threads = [threading.Thread(target=client, args=(n,), daemon=True) for n in range(clients)]
    for thread in threads:
        thread.start()
    deadline = time.perf_counter() + (seconds or 0) + 1
    try:
        start.wait()
    except threading.BrokenBarrierError:
        raise errors[0] from None
    began = time.perf_counter()
    deadline = began + (seconds or 0)
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sum(done), time.perf_counter() - began
