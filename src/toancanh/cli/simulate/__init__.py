"""toancanh simulate: systems of a province that are played, for trials without the real ones; a module for each."""

from cyclopts import App

from toancanh.cli.simulate.national import national
from toancanh.cli.simulate.officers import officers
from toancanh.cli.simulate.onestop import dossiers
from toancanh.cli.simulate.stations import sensors

__all__ = ["app", "dossiers", "national", "officers", "sensors"]

app = App(name="simulate", help="Hệ thống mô phỏng. / Simulated systems.", help_format="plaintext")
for command in (dossiers, sensors, national, officers):
    app.command(command)
