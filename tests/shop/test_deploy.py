"""The files for real machines: each is read by the program it is written for, and its commands are run."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from shop import queues
from shop.deploy import alive
from shop.middleware import LONGEST_UPLOAD, MEGABYTE
from tests import provision
from tests.stack import ROOT, Stack

DEPLOY = ROOT / "shop" / "deploy"
EXAMPLES = DEPLOY / "examples"
UNITS = sorted(path.name for path in EXAMPLES.glob("*.service"))
BIN = Path(sys.executable).parent


def unit(name: str) -> configparser.RawConfigParser:
    found = configparser.RawConfigParser(strict=False, comment_prefixes=("#",), delimiters=("=",))
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(EXAMPLES / name)
    return found


def systemd(program: str = "systemd-analyze") -> str:
    found = shutil.which(program)
    if found is None:
        provision.need(provision.Missing(f"no {program}: systemd is not on this machine"))
    return str(found)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The units as they are, but for the folder of the shop, which is this one."""
    for path in EXAMPLES.glob("foyer-*"):
        text = path.read_text().replace("/srv/foyer/.venv/bin", str(BIN)).replace("/srv/foyer", str(ROOT))
        (tmp_path / path.name).write_text(text)
    return tmp_path


def test_there_is_a_unit_for_each_kind_of_process():
    assert UNITS == [
        "foyer-beat.service",
        "foyer-web.service",
        "foyer-worker.service",
        "foyer-worker@.service",
    ]


@pytest.mark.parametrize("name", [*UNITS, "foyer-web.socket"])
def test_systemd_reads_the_unit_without_a_word(here, name):
    path = here / name.replace("@.", "@checkout.")
    if path.name != name:
        (here / name).rename(path)
    done = subprocess.run(
        [systemd(), "verify", "--man=no", "--recursive-errors=no", str(path)], capture_output=True, text=True
    )
    said = [line for line in done.stderr.splitlines() if str(here) in line or "foyer" in line]
    assert (done.returncode, said) == (0, [])


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_may_do_little(here, name):
    """By systemd's own judgement: 0 is nothing at all, 9.6 everything."""
    done = subprocess.run(
        [systemd(), "security", "--no-pager", "--offline=true", "--threshold=20", str(here / name)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-600:] + done.stderr


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_nobody_special_and_its_secrets_are_not_in_it(name):
    service = unit(name)["Service"]
    assert service["User"] == "foyer"
    assert service["EnvironmentFile"] == "/etc/foyer/foyer.env"
    for hard in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "LockPersonality"):
        assert service[hard] == "yes", hard
    assert service["ProtectSystem"] == "strict"
    assert service["Restart"] == "always"
    assert not re.search(r"(KEY|SECRET|PASSWORD)=", (EXAMPLES / name).read_text())


def test_nginx_lets_through_what_the_admin_takes():
    text = (EXAMPLES / "nginx.conf").read_text()
    (said,) = re.findall(r"location /admin/ \{[^}]*client_max_body_size (\d+)m;", text)
    assert int(said) * MEGABYTE >= LONGEST_UPLOAD


def test_the_nightly_backup_of_the_page_runs_with_the_settings_and_as_the_user_of_the_units():
    """The settings are root's alone, so that a line of cron's for another user would find none."""
    (line,) = (
        each.strip()
        for each in (DEPLOY / "README.md").read_text().splitlines()
        if "manage.py backup /" in each
    )
    unit = (EXAMPLES / "foyer-web.service").read_text()
    (settings_file,) = re.findall(r"EnvironmentFile=(\S+)", unit)
    (user,) = re.findall(r"(?m)^User=(\S+)", unit)
    who, command = line.split()[5], line.split(maxsplit=6)[6]
    assert who == "root"
    assert f". {settings_file}" in command.partition("manage.py")[0]
    assert f"/usr/sbin/runuser -u {user} -- " in command


def test_only_one_beat_is_ever_started_from_the_examples():
    starts = [unit(name)["Service"]["ExecStart"] for name in UNITS]
    assert sum(" beat " in start for start in starts) == 1
    assert not any("-B" in shlex.split(start) for start in starts), "no worker carries a beat of its own"


def test_the_queues_that_are_named_are_those_that_there_are():
    text = (EXAMPLES / "foyer-worker@.service").read_text()
    assert set(re.findall(r"foyer-worker@(\w+)", text.partition("[Unit]")[0])) - {"service"} == set(
        queues.LIMITS
    )


# --- the web server's own line ----------------------------------------------------------------------------------


@contextmanager
def going(
    command: list[str], room: Path, env: dict[str, str], folder: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    with (room / "started.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


@pytest.mark.processes
def test_the_web_server_takes_its_socket_from_systemd(here, tmp_path):
    """The very lines of the units: systemd's own listener hands the socket over, and gunicorn answers on it."""
    listener = systemd("systemd-socket-activate")
    assert unit("foyer-web.socket")["Socket"]["ListenStream"] == "127.0.0.1:8000"
    (room := tmp_path / "room").mkdir()
    stack = Stack(room)
    with stack:
        start = re.search(r"^ExecStart=(.*)$", (here / "foyer-web.service").read_text(), re.MULTILINE)
        assert start is not None
        command = [listener, f"--listen=127.0.0.1:{stack.port}", *_passed(stack.env), *shlex.split(start[1])]
        with going(command, room, stack.env) as process:
            stack.wait(
                lambda: (
                    requests.get(f"{stack.origin}/robots.txt", timeout=20).ok or process.poll() is not None
                ),
                "gunicorn on the socket",
            )
            assert "Listening at: http://127.0.0.1" in (room / "started.log").read_text()


def _passed(env: dict[str, str]) -> list[str]:
    """systemd's listener hands nothing on that it is not told to."""
    return [f"--setenv={name}={value}" for name, value in env.items()]


# --- the container file -----------------------------------------------------------------------------------------


def container() -> list[tuple[str, str]]:
    """Instruction and arguments of each line; a line that goes on is one."""
    text = re.sub(r"\\\n\s*", " ", (DEPLOY / "Containerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def said(word: str) -> list[str]:
    return [rest for instruction, rest in container() if instruction == word]


def test_a_container_is_nobody_special_and_no_secret_is_in_it():
    assert said("USER") == ["10001"]
    order = [instruction for instruction, _rest in container()]
    assert order.index("USER") > max(n for n, word in enumerate(order) if word in ("RUN", "COPY"))
    assert not any(re.search(r"KEY|SECRET|PASSWORD|TOKEN", rest) for rest in said("ENV") + said("ARG"))
    assert all(".env" not in rest and ".run" not in rest and rest.split()[0] != "." for rest in said("COPY"))


@pytest.mark.processes
def test_what_a_container_holds_is_enough_to_serve(tmp_path):
    """Its own lines, on this machine instead of in a container: what is copied is all there is, static files are
    collected, its command serves, and its health check says so and says when not."""
    inside, room = tmp_path / "inside", tmp_path / "room"
    inside.mkdir(), room.mkdir()
    for source, target in (rest.split() for rest in said("COPY")):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, inside / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, inside / target)
    stack = Stack(room)
    env = {**stack.env, "PATH": f"{BIN}{os.pathsep}{stack.env['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("STATICFILES_BACKEND")
    collect = next(line for line in said("RUN") if "collectstatic" in line).partition(" && ")[0]
    build, _space, command = collect.partition(" ")
    assert build.startswith("RUN_DIR=")
    bare = {
        name: env[name] for name in ("PATH", "HOME") if name in env
    }  # a build knows nothing of the shop's settings
    subprocess.run(
        shlex.split(command), cwd=inside, check=True, capture_output=True,
        env={**bare, "RUN_DIR": str(tmp_path / "build"), "STATIC_ROOT": env["STATIC_ROOT"]},
    )  # fmt: skip
    assert (Path(env["STATIC_ROOT"]) / "staticfiles.json").exists()
    with stack:
        serve = [
            part.replace("0.0.0.0:8000", f"127.0.0.1:{stack.port}") for part in json.loads(said("CMD")[0])
        ]
        health = json.loads(said("HEALTHCHECK")[0].partition("CMD ")[2])
        address = alive.ADDRESS.replace("http://127.0.0.1:8000", stack.origin)

        def is_well() -> bool:
            return (
                subprocess.run([*health, address], cwd=inside, env=env, capture_output=True).returncode == 0
            )

        assert not is_well()
        with going(serve, room, env, inside):
            stack.wait(is_well, "the container's health check")
            page = requests.get(f"{stack.origin}/en/", timeout=30)
            assert page.status_code == 200
            style = re.search(r'href="(/static/css/shop\.[0-9a-f]{12}\.css)"', page.text)
            assert style is not None
            assert requests.get(stack.origin + style[1], timeout=30).status_code == 200
        assert not is_well()
