"""The roof: checks, guards, the Celery application, and an admin of our own shape."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ShopConfig(AppConfig):
    name = "shop"
    verbose_name = "Shop"

    def ready(self) -> None:
        from shop import celery, checks, guards  # noqa: F401


class ShopAdminConfig(AdminConfig):
    default_site = "shop.admin.ShopAdminSite"
