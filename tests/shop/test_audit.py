"""The audit passes only where everything was looked up and nothing was found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import audit

WANTED = {"django": "1", "celery": "1"}


def row(name: str, *holes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "version": "1", "vulns": list(holes), **more}


def test_all_looked_up_and_nothing_found_is_well() -> None:
    assert audit.judge({"dependencies": [row("Django"), row("celery"), row("kombu")]}, WANTED) == ([], [])


def test_a_hole_is_named_with_its_cure() -> None:
    hole = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["5.2.1"]}
    holes, missing = audit.judge({"dependencies": [row("django", hole), row("celery")]}, WANTED)
    assert holes == ["django 1: PYSEC-1 (CVE-1), mended in 5.2.1"]
    assert missing == []


@pytest.mark.parametrize(
    "answer",
    [
        {"dependencies": [row("django")]},
        {"dependencies": [row("django"), {"name": "celery", "skip_reason": "not found"}]},
        {"dependencies": [row("django"), {"name": "celery", "version": "1"}]},
        {"dependencies": [row("django"), {"name": "celery", "version": "2", "vulns": []}]},
    ],
)  # fmt: skip
def test_what_was_not_looked_up_is_no_success(answer: Any) -> None:
    holes, missing = audit.judge(answer, WANTED)
    assert holes == []
    assert len(missing) == 1


@pytest.mark.parametrize("answer", [None, [], {}, {"dependencies": None}])
def test_an_answer_that_cannot_be_read_is_no_success(answer: Any) -> None:
    assert audit.judge(answer, WANTED) == ([], ["the answer cannot be read"])


def test_a_command_that_says_nothing_is_no_success(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(audit, "tool", lambda: ["sh", "-c", "echo no network >&2; exit 1"])
    assert audit.main() == audit.NOT_LOOKED_UP
    said = capsys.readouterr().out
    assert "NOT LOOKED UP: anything: no network" in said
    assert "no hole is known" not in said


def test_both_files_are_pinned_line_by_line() -> None:
    root = Path(audit.__file__).resolve().parents[1]
    for file in audit.FILES:
        assert len(audit.pinned((root / file).read_text())) > 10
    with pytest.raises(ValueError, match="not pinned"):
        audit.pinned("django>=5")
    assert audit.pinned(
        "psycopg[binary]==3.3.9  # x\nA_b==1; python_version < '4'\nc==2; python_version < '3'"
    ) == {
        "psycopg": "3.3.9",
        "a-b": "1",
    }
