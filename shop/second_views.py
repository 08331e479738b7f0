"""The admin's pages of two-factor sign-in: the code, setting it up, and one's own.

Plain forms; what is wrong is said beside the field. Recovery codes are shown once, on the page that made them.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import django_otp
from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop import clock, knocks, second, signin
from shop.models import Authenticator

NEXT = "next"
AGAIN = "second_again"  # in the session: when the code of the present app was right, for another to be set up


class CodeForm(forms.Form):
    """Either field: six digits of the app, or a code on paper."""

    code = forms.CharField(
        label=gettext_lazy("Code from your app"),
        required=False,
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        ),
    )
    recovery = forms.CharField(
        label=gettext_lazy("Recovery code"),
        required=False,
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def typed(self) -> str:
        return self.data.get("code", "").strip()[:20] or self.data.get("recovery", "").strip()[:20]


class SetUpForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code that the app shows now"),
        max_length=20,
        error_messages={"required": gettext_lazy("Type the six digits that the app shows.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        ),
    )


# --- where to -------------------------------------------------------------------------------------------------


def next_of(request: HttpRequest) -> str:
    """Where somebody was going; the first page where that is not ours."""
    wanted = request.POST.get(NEXT) or request.GET.get(NEXT) or ""
    here = {request.get_host()}
    if wanted and url_has_allowed_host_and_scheme(wanted, here, require_https=request.is_secure()):
        return wanted
    return reverse("admin:index")


def onward(request: HttpRequest, to: str) -> HttpResponse:
    """From the password to the code, or to setting it up."""
    name = "second" if second.device_of(request.user) else "second_set_up"
    return HttpResponseRedirect(f"{reverse(f'admin:{name}')}?{urlencode({NEXT: to})}")


def _let_in(request: HttpRequest, device: Authenticator) -> None:
    """The session is another one from here on: its key changes with what it may do."""
    django_otp.login(request, device)
    request.session.cycle_key()
    signin.begin(None, request, request.user)


def _page(
    site: AdminSite, request: HttpRequest, template: str, status: int = 200, wait: int = 0, **context: Any
) -> HttpResponse:
    page = {**site.each_context(request), NEXT: next_of(request), **context}
    response = TemplateResponse(request, f"admin/{template}.html", page, status=429 if wait else status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _wrong(form: forms.Form, wait: int, field: str | None = "code") -> None:
    if wait:
        said = _("Too many wrong codes. Try again in about %(when)s.") % {"when": knocks.wait_words(wait)}
        form.add_error(None, said)
    else:
        form.add_error(
            field,
            _(
                "This code is not right. Each code stands for half a minute and counts once: type the one that is "
                "shown now, and see that the clock of the phone is right."
            ),
        )


# --- pages ----------------------------------------------------------------------------------------------------


def ask(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The code, after the password."""
    if site.has_permission(request):
        return HttpResponseRedirect(next_of(request))
    device = second.device_of(request.user)
    if device is None:
        return onward(request, next_of(request))
    form, wait = CodeForm(request.POST if request.method == "POST" else None), 0
    form.fields["code"].widget.attrs["autofocus"] = True
    if request.method == "POST" and form.is_valid():
        right, wait = second.check(request, device, form.typed())
        if right:
            _let_in(request, device)
            response = HttpResponseRedirect(next_of(request))
            signin.remember(request, response)
            left = second.codes_left(device)
            if not form.cleaned_data["code"] and left < 4:
                messages.warning(
                    request,
                    _("%(left)s recovery codes are left. Make new ones under “Two-factor”.") % {"left": left},
                )
            return response
        _wrong(form, wait, "code" if form.cleaned_data["code"] else "recovery")
    return _page(
        site, request, "second", 422 if form.errors else 200, wait,
        form=form, title=_("One more thing"), on_paper=bool(form.errors and form.data.get("recovery")),
    )  # fmt: skip


def set_up(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """A square picture for the app, and the proof that it was read. Whoever has one already proves that first, on
    the page of their own."""
    proven = int(clock.now().timestamp()) - request.session.get(AGAIN, 0) < signin.HALF_FOR.total_seconds()
    if second.device_of(request.user) is not None and not (proven and site.has_permission(request)):
        return HttpResponseRedirect(
            reverse("admin:second_own") if site.has_permission(request) else reverse("admin:second")
        )
    device = second.begin(request.user)
    form, wait = SetUpForm(request.POST if request.method == "POST" else None), 0
    if request.method == "POST" and form.is_valid():
        right, wait = second.check(request, device, form.cleaned_data["code"])
        if right:
            codes = second.confirm(device, by=request.user.get_username())
            request.session.pop(AGAIN, None)
            _let_in(request, device)
            response = _codes_page(site, request, codes)
            signin.remember(request, response)
            return response
        _wrong(form, wait)
    return _page(
        site, request, "second_set_up", 422 if form.errors else 200, wait,
        form=form, picture=second.picture_of(device), secret=second.in_fours(device.secret),
        title=_("Set up two-factor sign-in"),
    )  # fmt: skip


def own(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """What somebody has, and how to change it: each change asks for a code again, as the session may be stolen."""
    device = second.device_of(request.user)
    if device is None:
        return HttpResponseRedirect(reverse("admin:second_set_up"))
    form, wait = CodeForm(request.POST if request.method == "POST" else None), 0
    if request.method == "POST" and form.is_valid():
        right, wait = second.check(request, device, form.typed())
        if right and request.POST.get("do") == "codes":
            codes = second.renew_codes(device, by=request.user.get_username())
            return _codes_page(site, request, codes)
        if right:
            request.session[AGAIN] = int(clock.now().timestamp())
            return HttpResponseRedirect(reverse("admin:second_set_up"))
        _wrong(form, wait, "code" if form.cleaned_data["code"] else "recovery")
    return _page(
        site, request, "second_own", 422 if form.errors else 200, wait,
        form=form, left=second.codes_left(device), made=device.made_at, title=_("Two-factor sign-in"),
        on_paper=bool(form.errors and form.data.get("recovery")),
    )  # fmt: skip


def _codes_page(site: AdminSite, request: HttpRequest, codes: list[str]) -> HttpResponse:
    return _page(
        site, request, "second_codes", codes=codes, whose=request.user.get_username(),
        title=_("Your recovery codes"),
    )  # fmt: skip
