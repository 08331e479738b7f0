"""The shop as a venue deploys it: the nginx of `shop/deploy/examples` over TLS, before a real gunicorn, without the demo.

The files are taken as they are; only what their head names as "yours to change" is changed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from requests.adapters import HTTPAdapter

from tests import provision
from tests.stack import ROOT, Stack

EXAMPLES = ROOT / "shop" / "deploy" / "examples"
NAME = "localhost"
BY_TLS = {"X-Forwarded-Proto": "https"}
# The shell around the example: what Debian's own /etc/nginx/nginx.conf does there.
HOUSE = """
daemon off;
{user}
worker_processes 2;
pid {room}/nginx.pid;
error_log {room}/error.log info;
events {{ worker_connections 512; }}
http {{
    types {{ text/html html; text/css css; application/javascript js; image/svg+xml svg; image/webp webp; image/png png; }}
    default_type application/octet-stream;
    sendfile on;
    access_log {room}/access.log;
    client_body_temp_path {room}/body; proxy_temp_path {room}/proxy; fastcgi_temp_path {room}/fastcgi;
    uwsgi_temp_path {room}/uwsgi; scgi_temp_path {room}/scgi;
    include {conf};
}}
"""


def yours(conf: str) -> list[str]:
    """What the head of the example says is to be changed, longest first."""
    table = conf.partition("\n\n")[0].partition("everything else can stay:\n")[2]
    found = re.findall(r"^#   (\S+)\s", table, re.MULTILINE)
    return sorted(found, key=len, reverse=True)


def certificate(room: Path) -> tuple[Path, Path]:
    """A certificate for this machine's name that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    paths = room / "front.pem", room / "front.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


class From(HTTPAdapter):
    """Asks from this address of the machine."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named, source_address=(self.address, 0))


class Front(Stack):
    """`web` behind nginx. `asked()` are the addresses that reached the shop itself."""

    def __init__(self, room: Path) -> None:
        self.tls_port, self.plain_port = provision.free_port(), provision.free_port()
        self.public = f"https://{NAME}:{self.tls_port}"
        super().__init__(
            room, DEMO="", BEHIND_PROXY="yes", SECRET_KEY="only-for-this-test-" + "0123456789abcdef" * 3,
            STATICFILES_BACKEND="whitenoise.storage.CompressedManifestStaticFilesStorage", PUBLIC_ORIGIN=self.public,
            MEDIA_ROOT=str(room / "media"), PROVIDER_ACCOUNTS="west-end", ACCOUNT_WEST_END_KIND="londontheatredirect",
            ACCOUNT_WEST_END_TITLE="London Theatre Direct", ACCOUNT_WEST_END_API_KEY="demo-ltd-key",
            ACCOUNT_WEST_END_RATE_PER_SECOND="50",
        )  # fmt: skip
        self.env["ACCOUNT_WEST_END_BASE_URL"] = f"{self.standin_origin}/ltd/rest/v2"
        self.env["ACCOUNT_WEST_END_ALLOWED_HOSTS"] = (
            f"127.0.0.1:{self.standin_port},localhost:{self.standin_port}"
        )
        self.certificate, self.key = certificate(self.room)
        self.cache, self.switches = self.room / "cache", self.room / "foyer.d"
        self.switches.mkdir()
        self.nginx: subprocess.Popen[bytes] | None = None

    def command(self, name: str) -> list[str]:
        found = super().command(name)
        if name.startswith("web"):
            found[found.index("shop.wsgi:application")] = "tests.processes.shortly:application"
            found += ["--access-logfile", str(self.room / "asked.log"), "--access-logformat", "%(m)s %(U)s"]
        return found

    def start(self, *names: str) -> None:
        """The web server is asked as its proxy asks: it sends plain http elsewhere."""
        for name in names:
            if not name.startswith("web"):
                super().start(name)
                continue
            log = (self.room / f"{name}.log").open("ab")
            self.processes[name] = subprocess.Popen(
                self.command(name), cwd=ROOT, env=self.env, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            self.wait(
                lambda: requests.get(f"{self.origin}/robots.txt", headers=BY_TLS, timeout=5).ok,
                "the web server",
            )

    def changed(self) -> dict[str, str]:
        """What is ours to change in the example, and to what."""
        return {
            "tickets.example.org": NAME,
            "/etc/ssl/tickets.example.org.pem": str(self.certificate),
            "/etc/ssl/tickets.example.org.key": str(self.key),
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "/var/lib/foyer/static": self.env["STATIC_ROOT"],
            "/var/lib/foyer/media": self.env["MEDIA_ROOT"],
            "/var/cache/nginx/foyer": str(self.cache),
            "/etc/nginx/foyer.d": str(self.switches),
            "listen 443": f"listen 127.0.0.1:{self.tls_port}",
            "listen 80": f"listen 127.0.0.1:{self.plain_port}",
        }

    def open(self) -> None:
        conf, to = (EXAMPLES / "nginx.conf").read_text(), self.changed()
        named = [*yours(conf), "listen 443", "listen 80"]
        assert sorted(named) == sorted(to), "the head of nginx.conf names what is to be changed"
        rest = conf.partition("\n\n")[2]
        for old in named:
            assert old in rest, f"{old} stands in the head and nowhere else"
            rest = rest.replace(old, to[old])
        (self.room / "foyer.conf").write_text(rest)
        user = "user root;" if os.geteuid() == 0 else ""  # another could not look into the folder of a test
        house = HOUSE.format(user=user, room=self.room, conf=self.room / "foyer.conf")
        (self.room / "nginx.conf").write_text(house)
        self.check()
        self.nginx = subprocess.Popen(
            self._call(), stdout=subprocess.DEVNULL, stderr=(self.room / "nginx.err").open("wb")
        )
        provision.wait_for_port(self.tls_port, self.nginx, self.room / "nginx.err")

    def _call(self, *more: str) -> list[str]:
        return [provision.nginx(), "-p", str(self.room), "-e", str(self.room / "error.log"),
                "-c", str(self.room / "nginx.conf"), *more]  # fmt: skip

    def check(self) -> str:
        """`nginx -t`: what it says; fails where the files are wrong."""
        done = subprocess.run(self._call("-t"), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def switch(self, example: str, name: str) -> None:
        """Put a file of the examples where it is switched on, or take it away."""
        place = self.switches / name
        if example:
            shutil.copy(EXAMPLES / example, place)
        else:
            place.unlink()
        self.check()
        assert self.nginx is not None
        before = self._workers()
        self.nginx.send_signal(signal.SIGHUP)
        self.wait(lambda: self._workers() and not self._workers() & before, "nginx to read its files again")

    def _workers(self) -> set[int]:
        assert self.nginx is not None
        found = set()
        for one in psutil.Process(self.nginx.pid).children():
            with contextlib.suppress(psutil.Error):  # it has just ended
                said = " ".join(one.cmdline())
                if "worker process" in said and "shutting down" not in said:
                    found.add(one.pid)
        return found

    def visitor(self, address: str = "127.0.0.1") -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # a bundle that the environment names would go before ours
        session.verify = str(self.certificate)
        session.mount("https://", From(address))
        return session

    def asked(self) -> list[str]:
        path = self.room / "asked.log"
        return path.read_text().split("\n")[:-1] if path.exists() else []

    def kept(self) -> dict[str, bytes]:
        """What lies in nginx's cache on the disk: key -> everything in its file."""
        found = {}
        for path in self.cache.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                key = re.search(rb"\nKEY: (.*)\n", data)
                assert key is not None, path
                found[key[1].decode()] = data
        return found

    def __exit__(self, *reason: object) -> None:
        if self.nginx is not None:
            self.nginx.terminate()
            try:
                self.nginx.wait(10)
            except subprocess.TimeoutExpired:
                self.nginx.kill()
        super().__exit__(*reason)
