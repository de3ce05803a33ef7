"""The floors up to units, in memory: enough to test units while the floors above are unfinished."""

SECRET_KEY = "tests"
INSTALLED_APPS = ["toancanh.base", "toancanh.units"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "vi"
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
