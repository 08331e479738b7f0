"""`make bench`: how fast the shop is, as ratios measured in one run on this machine.

Each part is a process of its own, beside the real stand-in and a catalogue filled by the real refresh. Figures
in milliseconds are printed for the curious; the ratios are what can be compared from one machine to the next.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.stack import ROOT, Stack

PARTS = ("pages", "purchase", "refresh", "first_visit", "seats")


def main() -> None:
    wanted = sys.argv[1:] or PARTS
    with (
        tempfile.TemporaryDirectory(prefix="foyer-bench-") as room,
        Stack(
            Path(room),
            LOG_LEVEL="ERROR",
            PROVIDER_ACCOUNTS="west-end,arena,assembly",
            STATICFILES_BACKEND="whitenoise.storage.CompressedManifestStaticFilesStorage",
        ) as stack,
    ):
        stack.manage(
            "collectstatic", "--noinput"
        )  # as a venue deploys it: compressed, with names that never change
        stack.start("standin")
        stack.manage("refresh_catalog")
        stack.start("web")
        for part in wanted:
            print(f"\n== {part}", flush=True)
            subprocess.run([sys.executable, "-m", f"tests.bench.{part}"], cwd=ROOT, env=stack.env, check=True)


if __name__ == "__main__":
    main()
