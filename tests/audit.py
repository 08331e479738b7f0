"""`make audit`: asks whether a hole is known in anything that the shop or its tests are installed with.

Beside the tests, because it asks the network and its answer changes from day to day. What is installed in the shop's own
environment, with all that was drawn in, is looked up by pip-audit; every line of both requirements files must be among
it, in its very version. It ends well only where every package was looked up and nothing was found: what could not be
looked up (no network, a package that the index does not know, an answer that names fewer packages than there are) is a
failure of its own, told apart from a hole.

Ends with 1 where a hole is known, with 2 where something could not be looked up.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
FILES = ("requirements.txt", "tests/requirements.txt")
TOOL = "pip-audit==2.10.1"  # in an environment of its own: what it draws in is nothing to the shop
HOME = ROOT / ".venv" / "audit"
HOLES, NOT_LOOKED_UP = 1, 2


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(text: str) -> dict[str, str]:
    """Name -> version of each line of a requirements file that counts for this Python; raises where a line is pinned to
    no version."""
    found = {}
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if not line or line.startswith("-r "):
            continue
        asked = Requirement(line)
        exact = [each.version for each in asked.specifier if each.operator == "=="]
        if len(exact) != 1 or len(asked.specifier) != 1:
            raise ValueError(f"not pinned to one version: {line}")
        if asked.marker is None or asked.marker.evaluate():
            found[plain(asked.name)] = exact[0]
    return found


def judge(answer: Any, wanted: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """(known holes, what was not looked up) of what pip-audit said, in words."""
    rows = answer.get("dependencies") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        return [], ["the answer cannot be read"]
    holes, missing, seen = [], [], {}
    for row in rows:
        name = plain(str(row.get("name", "")))
        if row.get("skip_reason"):
            missing.append(f"{name}: {row['skip_reason']}")
            continue
        if not isinstance(row.get("vulns"), list):
            missing.append(f"{name}: nothing was said of it")
            continue
        seen[name] = str(row.get("version"))
        for hole in row["vulns"]:
            mended = ", ".join(hole.get("fix_versions") or []) or "no version yet"
            others = ", ".join(hole.get("aliases") or [])
            known = f"{hole.get('id')}{f' ({others})' if others else ''}"
            holes.append(f"{name} {row.get('version')}: {known}, mended in {mended}")
    told = {line.split(":")[0] for line in missing}
    for name, version in sorted(wanted.items()):
        if name not in seen and name not in told:
            missing.append(f"{name}: not in the answer; is it installed?")
        elif name in seen and seen[name] != version:
            missing.append(f"{name}: {seen[name]} is installed, {version} is what the shop asks for")
    return holes, missing


def tool() -> list[str]:
    """The command, installed once."""
    python = HOME / "bin" / "python"
    stamp = HOME / ".installed"
    if not stamp.exists() or stamp.read_text() != TOOL:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", TOOL], check=True
        )
        stamp.write_text(TOOL)
    return [str(python), "-m", "pip_audit"]


def ask(command: list[str]) -> tuple[Any, str]:
    """What was said of this environment, parsed (None where nothing that can be read), and why not."""
    done = subprocess.run(
        [*command, "--path", sysconfig.get_path("purelib"), "--format", "json",
         "--progress-spinner", "off", "--vulnerability-service", "pypi", "--timeout", "20"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        return None, lines[-1][:300] if lines else f"it ended with {done.returncode} and said nothing"


def main() -> int:
    wanted = {name: v for file in FILES for name, v in pinned((ROOT / file).read_text()).items()}
    try:
        command = tool()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"NOT LOOKED UP: {TOOL} could not be installed ({error}).")
        return NOT_LOOKED_UP
    print(f"{len(wanted)} pinned packages and what they draw in ...", flush=True)
    answer, why = ask(command)
    holes, missing = judge(answer, wanted) if answer is not None else ([], [f"anything: {why}"])
    for line in dict.fromkeys(holes):
        print(f"HOLE: {line}")
    for line in dict.fromkeys(missing):
        print(f"NOT LOOKED UP: {line}")
    if holes or missing:
        return HOLES if holes else NOT_LOOKED_UP
    print(f"All {len(answer['dependencies'])} were looked up, and no hole is known.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
