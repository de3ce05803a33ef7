"""toancanh boundaries: official boundaries, imported."""

from pathlib import Path

from cyclopts import App

app = App(name="boundaries", help="Ranh giới hành chính. / Official boundaries.", help_format="plaintext")


@app.command(name="import")
def import_(file: Path, /) -> int:
    """Nhập ranh giới từ tệp GeoJSON. / Import boundaries; without them maps are drawn around centroids.

    Ví dụ / Example: toancanh boundaries import xa-dak-lak.geojson

    Parameters
    ----------
    file
        A GeoJSON FeatureCollection whose features name their unit by code or by name.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base import audit
    from toancanh.units import actions

    report = actions.import_boundaries(file, actor=audit.SYSTEM)
    output.say(_("Đã nhập ranh giới của {count} đơn vị.").format(count=len(report.matched)))
    for name in report.unmatched:
        output.note(_("Không khớp đơn vị nào: {name}").format(name=name))
    return 0
