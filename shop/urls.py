"""Composition only. The language is in the path; addresses that machines use have none."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from catalog import views as catalog_views
from checkout import views_bounces, webhooks
from shop import views

urlpatterns = [
    path("", views.home, name="home"),
    path("robots.txt", catalog_views.robots, name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("sitemap.xml", catalog_views.sitemap, name="sitemap"),
    path("sitemap-<slug:kind>.xml", catalog_views.sitemap, name="sitemap_kind"),
    path(f"{settings.MEDIA_URL.lstrip('/')}<path:path>", views.media, name="media"),
    path("admin/", admin.site.urls),
    path("checkout/webhooks/stripe/", webhooks.stripe, name="webhook_stripe"),
    path("checkout/webhooks/mail/", views_bounces.told, name="webhook_mail"),
]
urlpatterns += i18n_patterns(
    path("basket/", include("baskets.urls")),
    path("checkout/", include("checkout.urls")),
    path("", include("catalog.urls")),
)
handler400 = "shop.views.bad_request"
handler403 = "shop.views.forbidden"
handler404 = "shop.views.not_found"
handler500 = "shop.views.server_error"
