"""Files of the tests of indicators, written on the spot."""

EVENTS = "dossier_id,seq,procedure,unit,channel,state,at,received_at,due_at,finished_at,fee,paid_online,simulated"
CLAIMS = "indicator,unit,period_start,period_end,grain,value,part,whole,status,document,section"


def event(dossier, unit, received, *, seq=1, state=2, at=None, due="", finished="", procedure="1.000001", channel=1):
    """One event as text; moments are written `2026-03-02T09:00` and are Vietnamese."""
    at = at or finished or received
    moments = [f"{each}:00+07:00" if each else "" for each in (at, received, due, finished)]
    return (dossier, seq, procedure, unit, channel, state, *moments, "", "", "")
