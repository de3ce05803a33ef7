"""Icons from the one sprite, and the font, both by the checksummed names the front-end build gave them."""

from functools import cache, lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_vite.core.asset_loader import DjangoViteAssetLoader


@cache
def _built(path: str) -> str:
    return str(DjangoViteAssetLoader.instance().generate_vite_asset_url(path))


def icon(name: str, extra: str = "", label: str = "") -> SafeString:
    """The Tabler icon of that name (listed in frontend/src/icons.txt); with a label it speaks, else it is decoration.

    `extra` is more classes: `icon-sm`, `icon-lg`, `is-bad` ...
    """
    return _drawn(name, extra, str(label))


@lru_cache(1024)
def _drawn(name: str, extra: str, label: str) -> SafeString:
    spoken = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    classes = f"icon {extra}".strip()
    return format_html(
        '<svg class="{}" {}><use href="{}#{}"></use></svg>',
        classes,
        SafeString(spoken),
        _built(".vite/icons.svg"),
        name,
    )


def font_url() -> str:
    """Where the font is, to be asked for before the style sheet names it."""
    return _built(".vite/inter.woff2")
