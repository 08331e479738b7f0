"""`make test`: lint, format, types, import contracts, migrations, deployment checks, and every test.

Goes on after a failed step, so that one run tells all; ends with what passed and what did not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import provision

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
BIN = Path(PYTHON).parent
# tests with real processes wait for them half of their time: twice as many workers as cores have something to do meanwhile
WORKERS = max(2, (os.cpu_count() or 1) * 2)
MEMORY, ROOM = Path("/dev/shm"), 8 << 30
PARTS = {  # which are fetched where they are missing, the browser with everything first: the other comes with it
    "WHOLE_CHROMIUM": provision.whole_chromium,
    "CHROMIUM": provision.chromium,
    "NGINX": provision.nginx,
}
PRODUCTION = {
    "SECRET_KEY": "x" * 20 + "for-a-check-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "FIELD_KEYS": "7Jq2-a-key-for-a-check-only-and-for-nothing-else-Vw9s",
    "PUBLIC_ORIGIN": "https://tickets.example.org",
    "BACKUP_KEY": "for-a-check-only-a-long-passphrase-of-words",
    "BEHIND_PROXY": "yes",
    "DATABASE_URL": "postgres://foyer@127.0.0.1:5432/foyer",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "STAFF_EMAILS": "boxoffice@example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "PROVIDER_ACCOUNTS": "west-end",
    "ACCOUNT_WEST_END_KIND": "londontheatredirect",
    "ACCOUNT_WEST_END_API_KEY": "for-a-check-only",
    "ACCOUNT_WEST_END_LIVE": "yes",
}


def steps(quick: bool, extra: list[str]) -> list[tuple[str, list[str], dict[str, str]]]:
    manage = [PYTHON, "manage.py"]
    found: list[tuple[str, list[str], dict[str, str]]] = [
        ("lint", [str(BIN / "ruff"), "check", "."], {}),
        ("format", [str(BIN / "ruff"), "format", "--check", "."], {}),
        ("types", [str(BIN / "mypy")], {}),
        ("import contracts", [str(BIN / "lint-imports")], {}),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], {}),
        ("deployment checks", [*manage, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    ]
    if not quick:
        found.append(
            (
                "tests",
                [
                    PYTHON,
                    "-m",
                    "pytest",
                    "-n",
                    str(WORKERS),
                    "--dist",
                    "loadgroup",
                    "--reruns",
                    "1",
                    "-rR",
                    *extra,
                ],
                {},
            )
        )
    return found


def prepared(env: dict[str, str]) -> list[subprocess.Popen[bytes]]:
    """What each worker would begin with is done once beside the first steps, which have one core to themselves: every
    test module is translated, the tables are made. What does not work is told by the tests themselves."""
    return [
        subprocess.Popen(
            [PYTHON, "-m", *command], cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for command in (("pytest", "--collect-only", "-qq"), ("tests.tables",))
    ]


def shelf() -> str | None:
    """Where the tests keep their files: in memory, where there is plenty; they make some hundred databases."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        return str(MEMORY)
    return None


def main() -> None:
    quick, extra = "--quick" in sys.argv, [a for a in sys.argv[1:] if a != "--quick"]
    env = {key: value for key, value in os.environ.items() if not key.startswith(("ACCOUNT_", "DJANGO_"))}
    # the tests start hundreds of processes: each would translate the whole shop anew, which is a third of its start
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    if not quick:
        for name, find in PARTS.items():
            try:
                env[name] = find(install=True)
            except provision.Missing as missing:
                print(f"-- {missing}: its tests will be skipped by name", flush=True)
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="foyer-checks-", dir=shelf()) as room:
        os.chmod(room, 0o711)  # a database of root's belongs to another, who has to get to it
        env["RUN_DIR"] = env["TEST_SHELF"] = env["TMPDIR"] = room
        ready = [] if quick else prepared(env)
        for name, command, more in steps(quick, extra):
            if name == "tests":
                for one in ready:
                    one.wait()
            print(f"\n== {name}", flush=True)
            begun = time.monotonic()
            done = subprocess.run(command, cwd=ROOT, env={**env, **more})
            print(
                f"-- {name}: {'passed' if not done.returncode else 'FAILED'} ({time.monotonic() - begun:.0f} s)",
                flush=True,
            )
            if done.returncode:
                failed.append(name)
    if failed:
        sys.exit(f"\nFailed: {', '.join(failed)}")
    print("\nEverything passed.", flush=True)


if __name__ == "__main__":
    main()
