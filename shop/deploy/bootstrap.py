"""Makes the shop's own environment in .venv, once, and again only when the requirements change.

Runs on the machine's plain Python: standard library only.
"""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = "uv==0.13.9"  # installs in a quarter of pip's time
# what somebody told pip about where packages come from, in the words of uv
SAID_TO_PIP = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


def say(text: str) -> None:
    print(text, flush=True)


def fingerprint(requirements: Path) -> str:
    """Of the file and of those it names with -r."""
    text = requirements.read_text()
    named = [requirements.parent / line.split()[1] for line in text.splitlines() if line.startswith("-r ")]
    return hashlib.sha256("\n".join([text, *(path.read_text() for path in named)]).encode()).hexdigest()


def make_venv() -> None:
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        sys.exit(
            "This Python cannot make an environment of its own: the module venv is missing.\n"
            f"Install it and run the command again (Debian, Ubuntu: apt install python{version}-venv)."
        )
    say("Making an environment in .venv ...")
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(f"The environment could not be made:\n{done.stdout}{done.stderr}")


def for_uv(said: str) -> dict[str, str]:
    """What uv's environment has to say for the lines of `pip config list`; those of the environment come last there."""
    found = {}
    for line in sorted(said.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        theirs = SAID_TO_PIP.get(name.rpartition(".")[2])
        if theirs:
            between = "," if theirs == "UV_FIND_LINKS" else " "
            found[theirs] = between.join(ast.literal_eval(value).split())
    return found


def with_uv(requirements: Path) -> bool:
    """Whether it worked. It says nothing where it does not: pip is asked then, and tells why."""

    def done(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
        env = {**more, **os.environ}
        return subprocess.run([PYTHON, "-m", *command], capture_output=True, text=True, env=env)

    if done("pip", "install", "--disable-pip-version-check", UV).returncode:
        return False
    said = for_uv(done("pip", "config", "list").stdout)
    return not done(
        "uv", "pip", "install", "--compile-bytecode", "--python", str(PYTHON), "-r", str(requirements),
        UV_INDEX_STRATEGY="unsafe-best-match", **said,
    ).returncode  # fmt: skip


def with_pip(requirements: Path) -> bool:
    return not subprocess.run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)]
    ).returncode


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs this may have an older one
        sys.exit(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}.")
    requirements = ROOT / sys.argv[1]
    stamp = VENV / f".installed-{requirements.parent.name}-{requirements.stem}"
    wanted = fingerprint(requirements)
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists() or subprocess.run([PYTHON, "-c", ""], capture_output=True).returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        make_venv()
    say(f"Installing what {sys.argv[1]} names (once) ...")
    if not with_uv(requirements) and not with_pip(requirements):
        sys.exit(
            "Installing did not work; the lines above say why. Running the command again goes on from here."
        )
    stamp.write_text(wanted)


if __name__ == "__main__":
    main()
