"""One password, one local user: Django's own login, throttled."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from studio.middleware import LOCAL_USER, set_password

TRIES, WITHIN_SECONDS = 5, 60


class PasswordForm(AuthenticationForm):
    """The user is known; only the password is asked for. The name stays in the page for password managers."""

    error_messages = {"invalid_login": "That is not the password. Try again.", "inactive": "This user is switched off."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].initial = LOCAL_USER
        self.fields["password"].widget.attrs["autofocus"] = True


class Login(LoginView):
    template_name = "login/login.html"
    authentication_form = PasswordForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Five tries a minute from one address; the count is taken before the password is looked at."""
        counter = f"login:{request.META.get('REMOTE_ADDR', '')}"
        cache.add(counter, 0, WITHIN_SECONDS)
        if cache.incr(counter) > TRIES:
            form = self.get_form_class()(request)
            context = self.get_context_data(form=form, throttled=WITHIN_SECONDS)
            return self.render_to_response(context, status=429, headers={"Retry-After": str(WITHIN_SECONDS)})
        set_password()  # another server than `manage.py studio` may be serving this
        return super().post(request, *args, **kwargs)
