"""/<language>/basket/..."""

from django.urls import path

from baskets import asking, chart_views, extras_views, guest_views, notes_views, picking, views

app_name = "baskets"
urlpatterns = [
    path("", views.detail, name="detail"),
    path("pick/<int:instance_pk>/", picking.pick, name="pick"),
    path("add/<int:instance_pk>/", picking.add, name="add"),
    path("chart/<int:instance_pk>/", chart_views.chart, name="chart"),
    path("guests/<int:instance_pk>/", guest_views.first, name="guests"),
    path("asking/<slug:token>/", asking.asking, name="asking"),
    path("heard/<slug:token>/", asking.heard, name="heard"),
    path("look/<int:instance_pk>/", asking.look, name="look"),
    path("lines/<int:line_pk>/remove/", views.remove, name="remove"),
    path("lines/<int:line_pk>/remove/all/", notes_views.remove_all, name="remove_all"),
    path("lines/<int:line_pk>/notes/", notes_views.ticket, name="notes"),
    path("holds/<int:hold_pk>/notes/", notes_views.order, name="order_notes"),
    path("lines/<int:line_pk>/change/", views.change, name="change"),
    path("lines/<int:line_pk>/retry/", views.retry, name="retry"),
    path("lines/<int:line_pk>/similar/", views.similar, name="similar"),
    path("lines/<int:line_pk>/others/", views.others, name="others"),
    path("lines/<int:line_pk>/accept/", views.accept, name="accept"),
    path("extras/<int:hold_pk>/remove/", views.remove_extra, name="remove_extra"),
    path("extras/<slug:account_name>/", extras_views.shelf, name="extras"),
    path("extras/<slug:account_name>/ask/", extras_views.ask_shelf, name="ask_extras"),
    path("code/<int:hold_pk>/", extras_views.code, name="code"),
    path("clear/", views.clear, name="clear"),
    path("check/", views.check, name="check"),
    path("badge/", views.badge, name="badge"),
    path("clock/", views.clock_face, name="clock"),
]
