"""`make run`: every process starts, Ctrl-C ends all of them, and a busy port is said plainly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests

from tests import provision

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("run")]


def run(room: Path, port: int, standin_port: int) -> subprocess.Popen[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ACCOUNT_", "PROVIDER_", "DJANGO_"))}
    env = {k: v for k, v in env.items() if k not in {"PUBLIC_ORIGIN", "TESTING", "CLOCK_FILE", "DEMO", "RUN_DIR",
           "STATICFILES_BACKEND", "REDIS_URL", "SECRET_KEY", "DATABASE_URL"}}  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "shop.deploy.run", "--port", str(port), "--standin-port", str(standin_port)],
        cwd=ROOT, env={**env, "RUN_DIR": str(room), "FETCH_POSTERS": "no", "PROVIDER_ACCOUNTS": "arena,mill"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Its output up to the line with these words; the whole of it where they never come."""
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"ended without {words!r}:\n{said}")


def test_a_busy_port_is_said_with_the_way_out(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = run(tmp_path, port, provision.free_port())
        said, _none = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"Port {port} is taken" in said
    assert "make run PORT=" in said


def member(process: subprocess.Popen[str], *words: str) -> psutil.Process | None:
    """The process of this run whose command has these words."""
    return next(
        (one for one in psutil.Process(process.pid).children() if set(words) <= set(one.cmdline())), None
    )


def test_the_shop_opens_twice_starts_who_died_again_and_ctrl_c_ends_every_process(tmp_path):
    port, standin_port = provision.free_port(), provision.free_port()
    for start in ("first", "second"):
        process = run(tmp_path, port, standin_port)
        said = read_until(process, "Mails go to")
        assert "vera" in said
        assert ("events," in said) is (start == "first"), "the second start reuses the catalogue"
        shop = requests.get(f"http://127.0.0.1:{port}/en/", timeout=30)
        assert shop.status_code == 200
        if start == "second":
            dies = member(process, "celery", "worker@%h")
            assert dies
            os.killpg(dies.pid, signal.SIGKILL)
            assert "started again" in read_until(process, "The worker process ended by itself")
            for _try in range(200):
                if (again := member(process, "celery", "worker@%h")) and again.pid != dies.pid:
                    break
                time.sleep(0.1)  # waits for another process
            else:
                raise AssertionError("no new worker came")
            assert requests.get(f"http://127.0.0.1:{port}/en/", timeout=30).status_code == 200
        family = psutil.Process(process.pid).children(recursive=True)
        names = " ".join(" ".join(one.cmdline()) for one in family)
        assert "gunicorn" in names
        assert "shop.standin" in names
        assert "worker@%h" in names
        assert "refresher@%h" in names
        assert "beat" in names
        process.send_signal(signal.SIGINT)
        if start == "second":
            read_until(process, "Stopping")
            process.send_signal(signal.SIGINT)  # somebody impatient
        process.communicate(timeout=60)
        _gone, alive = psutil.wait_procs(family, timeout=5)
        assert alive == []


def test_make_passes_over_a_python_that_cannot_make_an_environment(tmp_path):
    lame = tmp_path / "lame"
    lame.write_text('#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexit 0\n')
    lame.chmod(0o755)
    (tmp_path / "whole").symlink_to(sys.executable)

    def chosen(given: str) -> str:
        return subprocess.run(
            ["make", "--eval", "show: ; @echo $(PYTHON)", given, "show"],
            cwd=ROOT, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip

    assert chosen("PYTHONS=lame whole") == "whole"
    # nothing else is there: it is taken, and says itself what is missing
    assert chosen("PYTHONS=lame") == "lame"
    assert chosen("PYTHON=python3.12") == "python3.12"
