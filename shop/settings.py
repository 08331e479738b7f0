"""All settings of the shop, read from the environment in this one file.

Everything starts with none set: SQLite, an embedded broker, mail to the console, and no provider account, so
the shop opens and sells nothing. The demo (stand-in, play tickets) is the explicit switch `DEMO`.
The table of settings in README.md is compared with this file by a test.
"""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF  # noqa: F401
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from shop import demo_accounts, queues
from shop.providers.accounts import AccountConfig, AccountError, read_account

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

# --- where and how ------------------------------------------------------------------------------------------

RUN_DIR = Path(env("RUN_DIR", default=str(BASE_DIR / ".run")))
RUN_DIR.mkdir(parents=True, exist_ok=True)
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
PUBLIC_ORIGIN = env("PUBLIC_ORIGIN", default="http://127.0.0.1:8000").rstrip("/")
_origin = urlsplit(PUBLIC_ORIGIN)
SECURE = _origin.scheme == "https"
LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]", "www.foyer.localhost"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
ALLOWED_HOSTS = [
    *dict.fromkeys([*ALLOWED_HOSTS, *([_origin.hostname] if _origin.hostname else []), *LOOPBACK_HOSTS])
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_ORIGIN]
TESTING = env.bool("TESTING", default=False)  # lets the tests move the clock in every process
CLOCK_FILE_GIVEN = env("CLOCK_FILE", default="")
CLOCK_FILE = CLOCK_FILE_GIVEN if DEMO or TESTING else ""


def _own_secret() -> str:
    """A secret of this installation, made once; for a start with nothing set. Several machines need SECRET_KEY."""
    path = RUN_DIR / "secret-key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = env("SECRET_KEY", default="") or _own_secret()
SECRET_KEY_IS_OWN = not env("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list(
    "SECRET_KEY_FALLBACKS", default=[]
)  # former ones: what they signed still counts
FIELD_KEYS = env.list("FIELD_KEYS", default=[])

# --- rooms --------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "shop.apps.ShopConfig",
    "shop.apps.ShopAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_otp",
    "csp",
    "catalog.apps.CatalogConfig",
    "baskets.apps.BasketsConfig",
    "checkout.apps.CheckoutConfig",
]
MIDDLEWARE = [
    "shop.health.HealthMiddleware",
    "shop.middleware.TraceMiddleware",
    "csp.middleware.CSPMiddleware",  # outermost: also what the others refuse or redirect has the policy
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shop.middleware.DemoMiddleware",
    "shop.middleware.SizeMiddleware",
    "catalog.caching.PageCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "shop.middleware.MethodMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "baskets.middleware.BasketMiddleware",
]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
AUTH_USER_MODEL = "shop.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.context.shop",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "shop.templatetags.shop_tags",
            ],
        },
    }
]

# --- data ---------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{RUN_DIR / 'foyer.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # web server, worker and beat share the file: readers never wait, a writer says so when it begins
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "cached_statements": 1024,  # more than there are queries: SQLite reads a long one as long as it runs it
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# seconds: a new connection has to prepare every query anew, which takes longer than to answer them
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)

REDIS_URL = env("REDIS_URL", default="")
CACHES = {
    "default": (
        {
            "BACKEND": "shop.cache.WithoutWhich",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},  # seconds
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 2000}}
    )
}

# --- languages, files, mail ---------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [(code, _(name)) for code, name in (("en", "English"),)]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env("TIME_ZONE", default="Europe/London")
LOCALE_PATHS = [BASE_DIR / "shop" / "locale"]
FORMAT_MODULE_PATH = ["shop.formats"]

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(RUN_DIR / "static")))
MEDIA_URL = "media/"
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(RUN_DIR / "media")))
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755  # pictures may be served from the disk, by another user
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env(
            "STATICFILES_BACKEND", default="whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
if EMAIL_CONFIG.get("EMAIL_BACKEND", "").endswith("filebased.EmailBackend"):
    EMAIL_CONFIG["EMAIL_FILE_PATH"] = "/" + EMAIL_CONFIG["EMAIL_FILE_PATH"]  # filemail:///var/mail/foyer
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20  # seconds; a mail server that does not answer holds up other mails, not the shop
DEFAULT_FROM_EMAIL = env("MAIL_FROM", default="Foyer <tickets@localhost>")
STAFF_EMAILS = env.list("STAFF_EMAILS", default=[])
# who tells us of mail that came back: views of Anymail, each reading one mail service
_READER = "anymail.webhooks.{0}.{1}TrackingWebhookView"
MAIL_SERVICES = {
    name: _READER.format(name, title)
    for name, title in (
        ("brevo", "Brevo"),
        ("mailersend", "MailerSend"),
        ("mailgun", "Mailgun"),
        ("mailjet", "Mailjet"),
        ("mailtrap", "Mailtrap"),
        ("postal", "Postal"),
        ("postmark", "Postmark"),
        ("resend", "Resend"),
        ("sparkpost", "SparkPost"),
        ("unisender_go", "UnisenderGo"),
    )
}
MAIL_SERVICE = env("MAIL_SERVICE", default="")
MAIL_WEBHOOK_SECRETS = env.list(
    "MAIL_WEBHOOK_SECRET", default=[]
)  # name:password; several while one is exchanged
ANYMAIL = {**env.dict("MAIL_SERVICE_KEYS", default={}), "WEBHOOK_SECRET": MAIL_WEBHOOK_SECRETS}

# --- the house ----------------------------------------------------------------------------------------------

SHOP_NAME = env("SHOP_NAME", default="Foyer")
SHOP_TELEPHONE = env("SHOP_TELEPHONE", default="")
SHOP_EMAIL = env("SHOP_EMAIL", default="")
SECURITY_CONTACT = env("SECURITY_CONTACT", default="")  # for /.well-known/security.txt

# --- the outside world --------------------------------------------------------------------------------------

STANDIN_URL = env("STANDIN_URL", default="http://127.0.0.1:8001").rstrip("/")  # where our server calls it
STANDIN_PUBLIC_URL = env("STANDIN_PUBLIC_URL", default=STANDIN_URL).rstrip("/")  # where browsers see it
ACCOUNT_DEFAULTS: dict[str, dict[str, str]] = {
    "londontheatredirect": {
        "BASE_URL": "https://api.londontheatredirect.com/rest/v2",
        "ALLOWED_HOSTS": "londontheatredirect.com,*.londontheatredirect.com",
    },
    "tickethead": {
        "BASE_URL": "https://tickethead.api.tickethead.io",
        "GLOBAL_URL": "https://api.tickethead.io",
        "TIMEZONE": "Europe/Vienna",
        "CURRENCY": "EUR",
    },
    "spektrix": {"BASE_URL": "https://system.spektrix.com", "ALLOWED_HOSTS": "system.spektrix.com"},
    "spektrix-feed": {"BASE_URL": "https://api.system.spektrix.com"},
    "xs2event": {
        "BASE_URL": "https://api.xs2event.com/v1",
        "TIMEZONE": "Europe/Amsterdam",
        "CURRENCY": "EUR",
        "RATE_PER_SECOND": "0.5",
    },
}
DEMO_ACCOUNTS = demo_accounts.accounts(
    standin=STANDIN_URL,
    public=STANDIN_PUBLIC_URL,
    domain=env("STANDIN_CUSTOM_DOMAIN", default=STANDIN_PUBLIC_URL).rstrip("/"),
    tls=env("STANDIN_TLS_URL", default="").rstrip("/"),
    certificates=RUN_DIR / "spektrix-tls",
)


def _accounts() -> tuple[dict[str, AccountConfig], list[str]]:
    """The configured accounts, and what is wrong with those that could not be read (system check shop.E010)."""
    environ = {**(DEMO_ACCOUNTS if DEMO else {}), **os.environ}
    found: dict[str, AccountConfig] = {}
    wrong: list[str] = []
    for name in filter(None, (part.strip() for part in environ.get("PROVIDER_ACCOUNTS", "").split(","))):
        try:
            found[name] = read_account(name, environ, ACCOUNT_DEFAULTS)
        except AccountError as error:
            wrong.append(str(error))
    return found, wrong


PROVIDER_ACCOUNTS, PROVIDER_ACCOUNT_ERRORS = _accounts()
PROVIDERS = {
    "londontheatredirect": "shop.providers.londontheatredirect.provider.LondonTheatreDirect",
    "tickethead": "shop.providers.tickethead.provider.Tickethead",
    "spektrix": "shop.providers.spektrix.provider.Spektrix",
    "spektrix-feed": "shop.providers.spektrix.feed.SpektrixFeed",
    "xs2event": "shop.providers.xs2event.provider.XS2Event",
}
PROVIDER_TIMEOUT = (3.05, env.float("PROVIDER_TIMEOUT", default=8.0))  # seconds to connect, to answer
# our own account with the payment company; without a key nothing is sold through our own till
STRIPE_SECRET_KEY = env("STRIPE_SECRET_KEY", default="sk_test_foyer_play" if DEMO else "")
STRIPE_PUBLISHABLE_KEY = env("STRIPE_PUBLISHABLE_KEY", default="pk_test_foyer_play" if DEMO else "")
# several while one is exchanged for another
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRET", default=["whsec_standin"] if DEMO else [])
STRIPE_API_BASE = env(
    "STRIPE_API_BASE", default=f"{STANDIN_URL}/stripe" if DEMO else "https://api.stripe.com"
).rstrip("/")
STRIPE_AUTHORISE_FIRST = env.bool("STRIPE_AUTHORISE_FIRST", default=True)  # cards: authorise, book, then take
STRIPE_MAX_RETRIES = env.int("STRIPE_MAX_RETRIES", default=1)
STRIPE_JS_URL = env(
    "STRIPE_JS_URL",
    default=f"{STANDIN_PUBLIC_URL}/stripe/endive/stripe.js"
    if DEMO
    else "https://js.stripe.com/endive/stripe.js",
)
_STRIPE_HOSTS = [STANDIN_PUBLIC_URL] if DEMO else ["https://js.stripe.com", "https://*.js.stripe.com"]
STRIPE_CSP_SCRIPT = env.list("STRIPE_CSP_SCRIPT", default=_STRIPE_HOSTS)
STRIPE_CSP_FRAME = env.list(
    "STRIPE_CSP_FRAME", default=_STRIPE_HOSTS if DEMO else [*_STRIPE_HOSTS, "https://hooks.stripe.com"]
)
STRIPE_CSP_CONNECT = env.list(
    "STRIPE_CSP_CONNECT", default=_STRIPE_HOSTS if DEMO else ["https://api.stripe.com"]
)

# --- selling ------------------------------------------------------------------------------------------------

MAX_TICKETS = env.int("MAX_TICKETS", default=10)  # in one go, below whatever a provider allows
MINUTES_BEFORE_PAYMENT = 2  # nobody is sent to pay with less time left on the hold
ORDER_KEEP_DAYS = env.int("ORDER_KEEP_DAYS", default=30)  # handles and tickets go so long after the event
# who bought what; a card payment can be disputed for 540 days at the most
PERSONAL_DATA_KEEP_DAYS = env.int("PERSONAL_DATA_KEEP_DAYS", default=540)
GIVEN_UP_KEEP_DAYS = env.int(
    "GIVEN_UP_KEEP_DAYS", default=30
)  # details typed for orders that came to nothing
BACKUP_KEY = env("BACKUP_KEY", default="")  # what `manage.py backup` seals with
ORDER_LINK_DAYS = env.int("ORDER_LINK_DAYS", default=180)  # an order's own page opens so long after the event

FETCH_POSTERS = env.bool("FETCH_POSTERS", default=True)

# --- work in the background ---------------------------------------------------------------------------------

BROKER_DIR = RUN_DIR / "broker"
CELERY_BROKER_URL = REDIS_URL or "folder://localhost/"  # shop.broker
if not REDIS_URL:
    for _folder in ("queue", "processed", "control"):
        (BROKER_DIR / _folder).mkdir(parents=True, exist_ok=True)
REDIS_BROKER_OPTIONS = {
    "visibility_timeout": queues.VISIBILITY_SECONDS,
    "unacked_restore_throttle": 1,  # else what a dead worker had in hand is looked for every 100 s only
    # a Redis that is away: nobody who only wants to queue something waits long (see shop.later)
    "socket_connect_timeout": 2,
    "socket_timeout": 3,
    "socket_keepalive": True,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
CELERY_BROKER_TRANSPORT_OPTIONS = (
    REDIS_BROKER_OPTIONS
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "processed_folder": str(BROKER_DIR / "processed"),
        "control_folder": str(BROKER_DIR / "control"),
        "store_processed": False,
        "polling_interval": 0.2,
    }
)
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
# several queues, each with its limits; which task goes where, and why: shop.queues
CELERY_TASK_QUEUES = queues.declared()
CELERY_TASK_ROUTES = {task: {"queue": queue} for task, queue in queues.ROUTES.items()}
CELERY_TASK_DEFAULT_QUEUE = queues.DEFAULT
CELERY_TASK_CREATE_MISSING_QUEUES = False  # a queue that nobody serves is a mistake, said at once
CELERY_TASK_ANNOTATIONS = ("shop.queues.TimeLimits",)
# the message of a dead worker is somebody else's; what a second run could harm has a claim
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "shop.beat:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(RUN_DIR / "beat-schedule")
# Looks that come again soon are not worth doing late: no heap of them waits for a worker that was away. The sweeps have
# no such end: it is told by the clocks of two machines, and money must not wait for these to agree.
CELERY_BEAT_SCHEDULE = {
    "refresh-catalogue": {"task": "catalog.tasks.refresh_all", "schedule": crontab(minute=7)},
    "refresh-availability": {
        "task": "catalog.tasks.refresh_availability",
        "schedule": 60.0,
        "options": {"expires": 300},
    },
    "refresh-extras": {"task": "baskets.tasks.refresh_extras", "schedule": 60.0, "options": {"expires": 300}},
    "sweep-baskets": {"task": "baskets.tasks.sweep", "schedule": 20.0},
    "sweep-orders": {"task": "checkout.tasks.sweep", "schedule": 15.0},
    "look-for-alerts": {"task": "shop.tasks.look_for_alerts", "schedule": 60.0, "options": {"expires": 60}},
    "prune": {"task": "shop.tasks.prune", "schedule": crontab(minute=31, hour=4)},
}

# --- safety -------------------------------------------------------------------------------------------------

# With https a cookie's name begins so that no other site of the same domain can set or overwrite it: browsers
# take it with Secure, the path / and no domain only.
_HOST_ONLY = "__Host-" if SECURE else ""
SESSION_COOKIE_NAME = f"{_HOST_ONLY}foyer_staff"
CSRF_COOKIE_NAME = f"{_HOST_ONLY}foyer_csrf"
BASKET_COOKIE = f"{_HOST_ONLY}foyer_basket"
KNOWN_BROWSER_COOKIE = f"{_HOST_ONLY}foyer_known"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
STAFF_SESSION_HOURS = env.int("STAFF_SESSION_HOURS", default=12)  # then staff sign in again, whatever they do
STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", default=60)  # and after so long without a page
SESSION_COOKIE_AGE = STAFF_SESSION_HOURS * 3600
# In the demo it is off: the user that `make run` prints is to get in with what was printed.
ADMIN_TWO_FACTOR = env.bool("ADMIN_TWO_FACTOR", default=not DEMO)
CSRF_FAILURE_VIEW = "shop.views.csrf_failure"
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=SECURE)
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1 if BEHIND_PROXY else 0)  # see shop/knocks.py
# Tries to hold something within ten minutes; 0 is no limit. Networks without a limit for each address.
HOLDS_PER_VISITOR = env.int("HOLDS_PER_VISITOR", default=40)
HOLDS_PER_ADDRESS = env.int("HOLDS_PER_ADDRESS", default=600)
CROWD_NETWORKS = env.list("CROWD_NETWORKS", default=[])
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31536000 if SECURE else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = bool(SECURE_HSTS_SECONDS)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "frame-src": [NONE],
    }
}

# --- looking after it ---------------------------------------------------------------------------------------

HEALTH_TOKEN = env("HEALTH_TOKEN", default="")  # for the details of /health/ready/
METRICS_TOKEN = env("METRICS_TOKEN", default="")  # for /metrics
# One folder for all processes of one machine; names of processes (numbers) mean nothing on another one.
METRICS_DIR = Path(env("METRICS_DIR", default=str(RUN_DIR / "metrics" / socket.gethostname())))
METRICS_DIR.mkdir(parents=True, exist_ok=True)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)  # where the library looks when it is loaded
ALERT_BEAT_MINUTES = env.int("ALERT_BEAT_MINUTES", default=5)  # without a sign of life of beat, or a sweep
ALERT_PERSON_MINUTES = env.int("ALERT_PERSON_MINUTES", default=60)  # that an order waits for a person
PAGES_NOTICE_ALERTS = True  # web processes look while visitors come, see shop.alerts
SLOW_REQUEST_SECONDS = env.float("SLOW_REQUEST_SECONDS", default=2.0)
SENTRY_DSN = env("SENTRY_DSN", default="")

LOG_LEVEL = env("LOG_LEVEL", default="INFO")
LOG_FORMAT = env("LOG_FORMAT", default="line")
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured("LOG_FORMAT is line or json")
# Libraries whose debug lines hold whole calls, pages or messages, and with them people.
_NOISY = (
    "stripe",
    "urllib3",
    "requests",
    "django.template",
    "django.db.backends",
    "PIL",
    "kombu",
    "amqp",
    "redis",
    "asyncio",
    "celery.utils.functional",
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "shop.logs.Redact"}},
    "formatters": {"line": {"()": "shop.logs.Line"}, "json": {"()": "shop.logs.Json"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["redact"], "formatter": LOG_FORMAT}
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # these have handlers of their own, which know nothing of redaction
        **{
            name: {"handlers": [], "propagate": True}
            for name in ("django", "django.server", "gunicorn.error")
        },
        **{name: {"level": "INFO"} for name in _NOISY if LOG_LEVEL == "DEBUG"},
    },
}
