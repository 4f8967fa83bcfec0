"""One password, one local user: Django's own login, throttled."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from .clients import address_of, network_of
from .middleware import LOCAL_USER, local_user, set_password

log = logging.getLogger("studio.login")

TRIES, WITHIN_SECONDS = 5, 60
KNOWN, KNOWN_SECONDS = "dailies_known", 365 * 24 * 3600


class PasswordForm(AuthenticationForm):
    """The user is known; only the password is asked for. The name stays in the page for password managers.

    The password is a setting, so what is typed is compared with that. Hashing it to compare it with the database would
    let a few strangers with wrong passwords take all of the processor.
    """

    error_messages = {"invalid_login": "That is not the password. Try again.", "inactive": "This user is switched off."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].initial = LOCAL_USER
        self.fields["password"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        if "password" not in self.cleaned_data:
            return self.cleaned_data
        typed, wanted = self.cleaned_data["password"], settings.STUDIO_PASSWORD
        is_right = bool(wanted) and constant_time_compare(typed, wanted)
        if not is_right or self.cleaned_data.get("username") != LOCAL_USER:
            raise self.get_invalid_login_error()
        set_password()  # another server than `manage.py studio` may be serving this
        self.user_cache = local_user()
        self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data


class Login(LoginView):
    template_name = "login.html"
    authentication_form = PasswordForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Five tries a minute; the count is taken before the password is looked at."""
        if self.tries() > TRIES:
            log.warning("Too many passwords from %s: this one was not looked at", address_of(request.META))
            form = self.get_form_class()(request)
            context = self.get_context_data(form=form, throttled=WITHIN_SECONDS)
            return self.render_to_response(context, status=429, headers={"Retry-After": str(WITHIN_SECONDS)})
        return super().post(request, *args, **kwargs)

    def tries(self) -> int:
        """How many there were in this minute, with this one: of the browser, where somebody has logged in with it
        before, so that strangers behind the same address do not lock its owner out; else of the address.
        """
        browser = self.request.get_signed_cookie(KNOWN, None, salt=KNOWN, max_age=KNOWN_SECONDS)
        counter = f"login:{browser or network_of(address_of(self.request.META))}"
        cache.add(counter, 0, WITHIN_SECONDS)
        try:
            return cache.incr(counter)
        except ValueError:  # the minute ended just now
            return 1

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        log.warning("Wrong password from %s", address_of(self.request.META))
        return super().form_invalid(form)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        response.set_signed_cookie(
            KNOWN, secrets.token_urlsafe(12), salt=KNOWN, max_age=KNOWN_SECONDS,
            path=settings.SESSION_COOKIE_PATH, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
        )  # fmt: skip
        return response
