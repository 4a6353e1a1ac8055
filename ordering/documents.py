"""Draws PDF documents in a warm, hard-limited child process; the only door to WeasyPrint (not imported here)."""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ordering.errors import DocumentFailed, DocumentLibraryMissing, DocumentTooCostly

FRAME_HEADER_BYTES = 8
PROJECT_FOLDER = Path(__file__).resolve().parent.parent
INHERITED_ENVIRONMENT = ("PATH", "HOME", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "LD_LIBRARY_PATH")
LIBRARY_HELP = (
    "Documents need the Pango library and a Chinese font. On Debian or Ubuntu: "
    "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
)


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What drawing one document may cost, and how long a worker lives."""

    seconds: float = 10.0
    """Wall clock for one document; afterwards the worker is killed."""
    start_seconds: float = 30.0
    """Wall clock for a worker to load its libraries, before its first document."""
    processor_seconds: int = 12
    memory_bytes: int = 1280 * 2**20
    largest_html_bytes: int = 8 * 2**20
    documents_per_worker: int = 50


@dataclass(slots=True)
class DocumentWorker:
    """One child process, started when first needed, used by one thread at a time.

    ``resources`` are all that documents may refer to: style sheets, fonts and pictures by name.
    """

    resources: Mapping[str, bytes]
    limits: DocumentLimits = field(default_factory=DocumentLimits)
    _process: subprocess.Popen[bytes] | None = None
    _folder: str = ""
    _owner_id: int = 0
    _drawn: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def render(self, html: str) -> bytes:
        """Draw a document.

        Parameters
        ----------
        html
            A whole page; relative addresses name ``resources``, all other addresses are refused.

        Returns
        -------
        bytes
            The PDF; equal for equal input.

        Raises
        ------
        DocumentTooCostly
            It took more time or memory than ``limits`` allow.
        DocumentLibraryMissing
            The worker cannot load its libraries.
        DocumentFailed
            It cannot be drawn.
        """
        request = html.encode("utf-8", "replace")
        if len(request) > self.limits.largest_html_bytes:
            raise DocumentTooCostly("The document is too long to be drawn.", bytes=len(request))
        with self._lock:
            return self._render(request)

    def warm_up(self) -> None:
        """Start the child process now, so that the first document need not wait.

        Raises
        ------
        DocumentLibraryMissing
            Its libraries or a Chinese font are missing; ``detail["help"]`` says what to install.
        """
        with self._lock:
            if self._is_cold():
                self._start()

    def close(self) -> None:
        """End the child process, if there is one."""
        with self._lock:
            self._stop()

    def _render(self, request: bytes) -> bytes:
        if self._is_cold():
            self._start()
        deadline = time.monotonic() + self.limits.seconds
        try:
            self._send(request, deadline)
            answer = self._receive(deadline)
        except (TimeoutError, BrokenPipeError, EOFError) as error:
            raise self._failure(error) from error
        if not answer.startswith(b"+"):
            self._stop()
            reason = answer[1:].decode()
            kind = DocumentTooCostly if reason in {"MemoryError", "RecursionError"} else DocumentFailed
            raise kind("The document cannot be drawn.", reason=reason)
        self._drawn += 1
        if self._drawn >= self.limits.documents_per_worker:
            self._stop()
        return answer[1:]

    def _is_cold(self) -> bool:
        if self._owner_id != os.getpid():  # this process was forked from the worker's owner
            self._process, self._folder = None, ""
        return self._process is None or self._process.poll() is not None

    def _start(self) -> None:
        self._stop()
        self._folder = tempfile.mkdtemp(prefix="onelot-documents-")
        environment = {name: os.environ[name] for name in INHERITED_ENVIRONMENT if name in os.environ}
        environment |= {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "0", "TMPDIR": self._folder,
                        "PYTHONPATH": str(PROJECT_FOLDER)}
        self._process = subprocess.Popen(  # our own module, no shell
            [sys.executable, "-m", "ordering.document_worker"], cwd=self._folder, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        self._owner_id, self._drawn = os.getpid(), 0
        for stream in (self._stdin(), self._stdout()):
            os.set_blocking(stream.fileno(), False)
        opening = {
            "resources": {name: base64.b64encode(data).decode() for name, data in self.resources.items()},
            "memory_bytes": self.limits.memory_bytes,
            "processor_seconds": self.limits.processor_seconds,
        }
        deadline = time.monotonic() + self.limits.start_seconds
        try:
            self._send(json.dumps(opening).encode(), deadline)
            answer = self._receive(deadline)
        except (TimeoutError, BrokenPipeError, EOFError) as error:
            self._stop()
            raise DocumentLibraryMissing("A library that documents need cannot be loaded.",
                                         help=LIBRARY_HELP) from error
        if answer != b"+":
            self._stop()
            raise DocumentLibraryMissing("No font for Chinese is installed.", help=LIBRARY_HELP)

    def _stop(self) -> None:
        process, folder = self._process, self._folder
        self._process, self._folder = None, ""
        if process is not None and self._owner_id == os.getpid():
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
            shutil.rmtree(folder, ignore_errors=True)

    def _failure(self, error: Exception) -> DocumentFailed:
        is_ended = isinstance(error, (EOFError, BrokenPipeError)) and self._process is not None
        exit_code = self._process.wait() if is_ended and self._process is not None else None
        self._stop()
        if isinstance(error, TimeoutError) or exit_code == -signal.SIGXCPU:
            return DocumentTooCostly("The document took longer than a document may.",
                                     seconds=self.limits.seconds)
        return DocumentTooCostly("The document took more memory than a document may.", exit_code=exit_code)

    def _stdin(self) -> IO[bytes]:
        if self._process is None or self._process.stdin is None:
            raise BrokenPipeError
        return self._process.stdin

    def _stdout(self) -> IO[bytes]:
        if self._process is None or self._process.stdout is None:
            raise EOFError
        return self._process.stdout

    def _send(self, content: bytes, deadline: float) -> None:
        number = self._stdin().fileno()
        rest = memoryview(len(content).to_bytes(FRAME_HEADER_BYTES, "big") + content)
        while rest:
            _, writable, _ = select.select([], [number], [], max(0.0, deadline - time.monotonic()))
            if not writable:
                raise TimeoutError
            rest = rest[os.write(number, rest):]

    def _receive(self, deadline: float) -> bytes:
        length = int.from_bytes(self._read(FRAME_HEADER_BYTES, deadline), "big")
        return self._read(length, deadline)

    def _read(self, length: int, deadline: float) -> bytes:
        number, content = self._stdout().fileno(), bytearray()
        while len(content) < length:
            readable, _, _ = select.select([number], [], [], max(0.0, deadline - time.monotonic()))
            if not readable:
                raise TimeoutError
            piece = os.read(number, length - len(content))
            if not piece:
                raise EOFError
            content += piece
        return bytes(content)


_workers: dict[frozenset[tuple[str, bytes]], DocumentWorker] = {}
_workers_lock = threading.Lock()


def worker_for(resources: Mapping[str, bytes]) -> DocumentWorker:
    """Give this process's one worker for some resources; it ends with the process."""
    key = frozenset(resources.items())
    with _workers_lock:
        worker = _workers.get(key)
        if worker is None:
            worker = _workers[key] = DocumentWorker(dict(resources))
            atexit.register(worker.close)
        return worker


def render_pdf(html: str, *, resources: Mapping[str, bytes]) -> bytes:
    """Draw a document with this process's warm worker.

    Parameters
    ----------
    html
        A whole page; relative addresses name ``resources``.
    resources
        Style sheets, fonts and pictures by name, the same for every document of a kind.

    Returns
    -------
    bytes
        The PDF; equal for equal input.

    Raises
    ------
    DocumentFailed
        It cannot be drawn, or costs more than allowed; see its subclasses.
    """
    return worker_for(resources).render(html)
