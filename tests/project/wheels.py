#!/usr/bin/env python3
"""wheels.py SETUP: cmake/setup/wheels.sh against an index of one wheel: it goes on where it stopped, fetches the wheel
once, needs nobody the second time, and throws away what has another hash."""

import hashlib
import http.server
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile

NAME = "tiny-1.0-py3-none-any.whl"


class Index(http.server.BaseHTTPRequestHandler):
    wheel = b""
    asked = []  # the Range of each request for the wheel

    def do_GET(self):
        body, status = f'<a href="../../files/{NAME}#sha256=0">{NAME}</a>'.encode(), 200
        if self.path == f"/files/{NAME}":
            wanted = self.headers.get("Range")
            self.asked.append(wanted)
            begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            body, status = self.wheel[begin:], 206 if wanted else 200
        elif self.path != "/simple/tiny/":
            body, status = b"", 404
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {begin}-{len(self.wheel) - 1}/{len(self.wheel)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def project(folder, setup):
    """A project whose lock is the wheel alone; returns its scripts' folder."""
    own = folder / "cmake/setup"
    own.mkdir(parents=True)
    for script in ("wheels.sh", "say.sh"):
        shutil.copy(setup / script, own)
    with zipfile.ZipFile(folder / "tiny.zip", "w") as archive:
        archive.writestr("tiny/data.txt", "x" * 1000)
    Index.wheel = (folder / "tiny.zip").read_bytes()
    (own / "wheels.lock").write_text(f"it tiny==1.0 {NAME} {hashlib.sha256(Index.wheel).hexdigest()}\n")
    return own


def main(setup):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PIP_") and not k.lower().endswith("proxy")}
    environment["PIP_INDEX_URL"] = f"http://127.0.0.1:{server.server_port}/simple/"
    with tempfile.TemporaryDirectory(prefix="with space ") as name:
        folder = pathlib.Path(name)
        own = project(folder, setup)
        run = lambda: subprocess.run([own / "wheels.sh", "it", "It"], env=environment, text=True, capture_output=True)
        part = folder / ".deps/wheels" / (NAME + ".part")
        part.parent.mkdir(parents=True)
        part.write_bytes(Index.wheel[:100])
        first = run()
        assert first.returncode == 0, first
        assert (folder / ".deps/it/tiny/data.txt").read_text() == "x" * 1000
        assert Index.asked == ["bytes=100-"], Index.asked
        assert not list(part.parent.iterdir()), "what was downloaded is not kept twice"

        assert "It: there" in run().stdout and len(Index.asked) == 1

        shutil.rmtree(folder / ".deps/it")
        Index.wheel = Index.wheel[:-1] + b"!"
        other = run()
        assert other.returncode == 1 and "another sha256" in other.stderr, other
        assert not (folder / ".deps/it").exists()
    print("fetched once, from where it had stopped")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
