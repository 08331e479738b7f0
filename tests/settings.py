"""The shop's own settings in a room of its own: a folder that goes away, a clock that moves, no account."""

import os
import tempfile

_room = tempfile.mkdtemp(prefix="foyer-tests-")
for _name in [name for name in os.environ if name.startswith("ACCOUNT_")]:
    del os.environ[_name]
os.environ.update(
    {
        "TESTING": "1",
        "DEMO": "",
        "DEBUG": "",
        "PROVIDER_ACCOUNTS": "",
        "RUN_DIR": _room,
        "CLOCK_FILE": os.path.join(_room, "clock"),
        "SECRET_KEY": "a-secret-for-tests-only-" + "x" * 40,
        "PUBLIC_ORIGIN": "http://testserver",
        "STATICFILES_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
        "REDIS_URL": "",
        "ADMIN_TWO_FACTOR": "no",  # tests of it switch it on
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
    }
)

from shop.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True
TESTS_ROOM = _room
PAGES_NOTICE_ALERTS = False  # a thread of its own would look beside the test's transaction
