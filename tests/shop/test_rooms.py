"""The rooms keep to themselves: what the import contracts cannot say."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP = {"manage.py", "shop", "catalog", "baskets", "checkout", "templates", "static", "tests", "requirements.txt",
       "README.md", "Makefile", "pyproject.toml"}  # fmt: skip
PROVIDERS = re.compile(r"london.?theatre|spektrix|xs2|tickethead|\bltd\b", re.IGNORECASE)


def tracked(*patterns: str) -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in names.split()]


def test_the_top_level_holds_what_was_agreed_and_nothing_else():
    odd = {path.relative_to(ROOT).parts[0] for path in tracked()} - TOP
    assert {name for name in odd if not name.startswith(".")} == set()


def test_views_and_templates_do_not_know_the_providers_by_name():
    named = []
    for path in tracked("catalog", "baskets", "checkout", "templates", "static"):
        if path.suffix in {".py", ".html", ".js", ".css", ".txt"} and "migrations" not in path.parts:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if PROVIDERS.search(line):
                    named.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert named == []


def test_modules_stay_small_enough_to_have_one_topic():
    large = []
    for path in tracked("*.py"):
        if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts):
            lines = len(path.read_text().splitlines())
            if lines > 550:
                large.append(f"{path.relative_to(ROOT)}: {lines}")
    assert large == []


def test_the_clock_is_asked_and_nobody_looks_at_the_wall():
    walls = re.compile(r"timezone\.now\(|datetime\.now\(|datetime\.utcnow|date\.today\(|time\.time\(")
    # a Retry-After may name a date, which is counted from the wall clock of the machine that got it; files of an earlier
    # run are as old as the machine says; and whether its clock is right is asked of it alone
    allowed = {
        "shop/backups.py",
        "shop/clock_look.py",
        "shop/clock.py",
        "shop/calls.py",
        "shop/providers/http.py",
        "shop/providers/answers.py",
    }
    found = []
    for path in tracked("catalog", "baskets", "checkout", "shop"):
        name = str(path.relative_to(ROOT))
        if (
            path.suffix == ".py"
            and name not in allowed
            and not name.startswith(("shop/standin/", "shop/deploy/"))
        ):
            found += [
                f"{name}:{n}" for n, line in enumerate(path.read_text().splitlines(), 1) if walls.search(line)
            ]
    assert found == []
