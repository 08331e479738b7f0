"""The roof: checks, guards, the Celery application, and an admin of our own shape."""

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ShopConfig(AppConfig):
    name = "shop"
    verbose_name = _("Shop")

    def ready(self) -> None:
        from shop import (  # noqa: F401
            celery,
            checks,
            checks_keeping,
            checks_keys,
            checks_till,
            clock_look,
            guards,
            logs,
            metrics,
            roles,
            sentry,
            tracing,
        )

        clock_look.begin()
        logs.guard_others()
        sentry.begin()
        post_migrate.connect(roles.keep_roles, sender=apps.get_app_config("checkout"))


class ShopAdminConfig(AdminConfig):
    default_site = "shop.adminsite.ShopAdminSite"
