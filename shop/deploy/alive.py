"""`python -m shop.deploy.alive [ADDRESS]`: ends with 0 where the web server of this machine answers. For a container's
health check, which has no curl. ADDRESS is http://127.0.0.1:8000/health/live/ unless said otherwise.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

ADDRESS = "http://127.0.0.1:8000/health/live/"
PATIENCE = 4  # seconds


def main(address: str = ADDRESS) -> int:
    # as the proxy asks: a shop with an https address sends plain http elsewhere
    request = urllib.request.Request(address, headers={"X-Forwarded-Proto": "https"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return 0 if answer.status == 200 else 1
    except (OSError, urllib.error.URLError) as error:
        print(f"{address}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
