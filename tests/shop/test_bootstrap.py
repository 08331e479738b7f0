"""The shop's own environment: made on the machine's plain Python, by the quick installer where there is one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shop.deploy import bootstrap

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    "-m pip install --disable-pip-version-check uv": "fetch uv",
    "-m pip config list": "how is pip told to look",
    "-m uv pip install": "install with uv",
    "-m pip install --quiet": "install with pip",
}


def test_a_machine_without_venv_is_told_what_to_install(tmp_path):
    (tmp_path / "ensurepip.py").write_text("raise ImportError('not here')")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.path.insert(1, {str(ROOT)!r})\n"
        "from shop.deploy import bootstrap; bootstrap.make_venv()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert "-venv" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_quick_installer_looks_where_pip_was_told_to_look():
    said = bootstrap.for_uv(
        ":env:.find-links='/opt/wheels /opt/more'\n"
        ":env:.default-timeout='180'\n"
        "global.find-links='/elsewhere'\n"
        "global.index-url='https://pypi.example.org/simple'\n"
        "user.extra-index-url='\\nhttps://a.example.org/simple\\nhttps://b.example.org/simple'\n"
    )
    assert said == {
        "UV_FIND_LINKS": "/opt/wheels,/opt/more",
        "UV_DEFAULT_INDEX": "https://pypi.example.org/simple",
        "UV_INDEX": "https://a.example.org/simple https://b.example.org/simple",
    }


@pytest.mark.parametrize(
    ("fails", "asked"),
    [
        ("nothing", ["fetch uv", "how is pip told to look", "install with uv"]),
        ("*pip*uv==*", ["fetch uv", "install with pip"]),
        ("*uv*pip*", ["fetch uv", "how is pip told to look", "install with uv", "install with pip"]),
        ("*install*", ["fetch uv", "install with pip"]),
    ],
)
def test_what_the_quick_installer_cannot_do_pip_does(tmp_path, monkeypatch, fails, asked):
    log, python = tmp_path / "log", tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >> {log}\ncase "$*" in {fails}) exit 1;; esac\n')
    python.chmod(0o755)
    (tmp_path / "requirements.txt").write_text("Django\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "PYTHON", python)
    monkeypatch.setattr(sys, "argv", ["bootstrap.py", "requirements.txt"])
    if fails == "*install*":
        with pytest.raises(SystemExit, match="goes on from here"):
            bootstrap.main()
    else:
        bootstrap.main()
        bootstrap.main()  # it is there by now
    said = log.read_text().splitlines()
    assert [kind for line in said for words, kind in KINDS.items() if line.startswith(words)] == asked
