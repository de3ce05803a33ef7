"""The language of an answer: pages speak Vietnamese unless the visitor chose otherwise, programs say what they read."""

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation


class LanguageMiddleware(LocaleMiddleware):
    """Pages go by the visitor's choice alone: many a Vietnamese desk has an English browser. The API goes by header."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language of the answer."""
        if request.path.startswith("/api/"):
            super().process_request(request)
            return
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        translation.activate(chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
