"""Actions: the one place where sources and loads change by somebody's will."""

import base64
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import F

from toancanh.base import audit, clock, events, home
from toancanh.base.audit import Ref
from toancanh.base.problems import Problem
from toancanh.base.text import whole
from toancanh.sources import (
    beats,
    flow,
    loading,
    mappings,
    outside,
    ownunits,
    quarantine,
    registry,
    restoring,
    storage,
    vault,
)
from toancanh.sources.connectors import connector
from toancanh.sources.definition import Definition
from toancanh.sources.mappings import Mapping
from toancanh.sources.models import Flow, Load, Source


def deliver(
    source: Source | str,
    path: Path,
    mapping: Mapping | str | None = None,
    *,
    actor: Ref,
    simulated: bool = False,
    name: str = "",
) -> Load:
    """Take a file into keeping as a waiting load; `mapping` may be a name, and is the source's own by default.

    Raises source.unknown, mapping.*, file.missing, file.folder, file.unreadable and disk.full; nothing is kept then.
    """
    source = registry.get(source) if isinstance(source, str) else source
    wanted = source.mapping if mapping is None else mapping
    chosen = mappings.find(wanted) if isinstance(wanted, str) else wanted
    if chosen.record_type and chosen.record_type != source.record_type:
        params = {"record_type": chosen.record_type, "expected": source.record_type}
        raise Problem("mapping.record_type", name=chosen.name, **params)
    ownunits.check(chosen)
    sha256, size = storage.keep(Path(path))
    with transaction.atomic():
        load = Load.objects.create(
            source=source,
            filename=whole(name or Path(path).name)[-255:],
            sha256=sha256,
            size=size,
            mapping=chosen.name,
            mapping_text=chosen.text,
            by=":".join(actor),
            within=outside.unit_of(actor),
            simulated=simulated,
        )
        audit.record(
            "load.delivered",
            actor=actor,
            target=("load", str(load.pk)),
            filename=load.filename,
            source=source.name,
            sha256=sha256,
        )
    return load


def withdraw(load: Load | int, reason: str, actor: Ref) -> Load:
    """Take back what a finished or failed load brought; the same file may be loaded again.

    Raises withdraw.reason and load.*.
    """
    from toancanh.warehouse import building, writing

    reason = reason.strip()
    if not reason:
        raise Problem("withdraw.reason")
    load = get(load) if isinstance(load, int) else load
    source = load.source
    with home.current().lock(f"source-{source.name}"):
        load.refresh_from_db()
        if load.state == Load.State.WITHDRAWN:
            raise Problem("load.withdrawn", load=load.pk)
        if load.state not in (Load.State.DONE, Load.State.FAILED):
            raise Problem("load.not_withdrawable", load=load.pk, state=load.state)
        try:
            writing.withdraw(source.name, str(load.pk), reason, actor)
        except Problem as problem:
            if problem.code != "warehouse.no_load":  # it brought no row, but may be withdrawn all the same
                raise
        with transaction.atomic():
            load.state, load.withdrawn_at = Load.State.WITHDRAWN, clock.now()
            load.save(update_fields=["state", "withdrawn_at"])
            quarantine.settle(load)
            audit.record(
                "load.withdrawn", actor=actor, target=("load", str(load.pk)), source=source.name, reason=reason
            )
            events.emit("load.withdrawn", load=load.pk, source=source.name, record_type=source.record_type)
            again = [_again(each, load) for each in restoring.sharing(load)]
    for each in list(load.restored_by.exclude(state=Load.State.WITHDRAWN).select_related("source")):
        with suppress(Problem):
            loading.run(each)  # where a kill left it undone: nothing more comes back of what is withdrawn
        if Load.objects.filter(pk=each.pk).exists():
            withdraw(each, reason, actor)  # what it brought back was this load's
    for each in again:
        with suppress(Problem):  # noted on that load; it can be run again
            loading.run(each)
    building.refresh(source.record_type)
    return load


def _again(load: Load, withdrawn: Load) -> Load:
    """A waiting load that brings back what a standing one shared with the withdrawn."""
    found = Load.objects.create(
        source=load.source,
        filename=load.filename,
        sha256=load.sha256,
        size=load.size,
        mapping=load.mapping,
        mapping_text=load.mapping_text,
        by=load.by,
        within=load.within,
        simulated=load.simulated,
        restores=load,
    )
    target = ("load", str(found.pk))
    audit.record("load.restored", actor=audit.SYSTEM, target=target, load=load.pk, withdrawn=withdrawn.pk)
    return found


def connect(wanted: Definition, *, actor: Ref) -> Source:
    """Make or change a source as its definition says; it starts unless that says `paused`."""
    declared = registry.declares(wanted.name)
    if declared and declared.record_type != wanted.record_type:
        raise Problem("source.declared", name=wanted.name, record_type=declared.record_type)
    with transaction.atomic():
        source = Source.objects.select_for_update().filter(name=wanted.name).first() or Source(name=wanted.name)
        known = source.pk is not None
        if known and source.record_type != wanted.record_type and source.loads.exists():
            raise Problem("source.declared", name=wanted.name, record_type=source.record_type)
        agreed = (source.connector, source.options, source.mapping)
        ran, runs = source.running, bool(wanted.connector) and not wanted.paused
        if ran and not runs:
            _stop(source)
        source.title, source.record_type, source.owner = wanted.title, wanted.record_type, wanted.owner
        source.mapping, source.connector, source.every = wanted.mapping, wanted.connector, wanted.every
        source.options, source.secrets = wanted.options, vault.locked(wanted.secrets)
        source.expected_every, source.fresh_within = wanted.expected_every, wanted.fresh_within
        source.hours, source.contract = wanted.hours, wanted.contract
        source.running = runs
        if known and agreed[0] != source.connector:  # where one connector has read to says nothing to another
            Flow.objects.filter(source=source).update(cursor={}, turn=F("turn") + 1)
        if agreed != (source.connector, source.options, source.mapping):
            source.columns = []  # what it is known to have is learnt anew
        source.save()
        audit.record(
            "source.changed" if known else "source.added",
            actor=actor,
            target=("source", source.name),
            connector=source.connector or "–",
        )
        if known and ran != runs:
            audit.record("source.resumed" if runs else "source.paused", actor=actor, target=("source", source.name))
        flow.tell(source)
    return source


def pause(name: str, *, actor: Ref) -> Source:
    """Hear a source no longer, and close its open load. Raises source.unknown, source.not_connected."""
    return _switch(name, False, "source.paused", actor)


def resume(name: str, *, actor: Ref) -> Source:
    """Hear a paused source again, from where it was left. Raises source.unknown, source.not_connected."""
    return _switch(name, True, "source.resumed", actor)


def _switch(name: str, running: bool, act: str, actor: Ref) -> Source:
    source = _connected(name)
    if source.running != running:
        with transaction.atomic():
            if not running:
                _stop(source)
            source.running = running
            source.save(update_fields=["running"])
            Flow.objects.filter(source=source).update(retry_at=None)
            audit.record(act, actor=actor, target=("source", source.name))
            flow.tell(source)
    return source


def _stop(source: Source) -> None:
    """Close what is open of a running source that is to be heard no longer: its load, and its silence."""
    beats.settle(source, flow.of(source).spoke_at, clock.now())
    for load in Load.objects.filter(source=source, state=Load.State.OPEN):
        flow.close(load)


def renew_secret(name: str, was: str, *, actor: Ref) -> str:
    """Give a source that is pushed to a fresh secret, told now and never again; the old one holds no longer.

    `was` is the mark of the old one: who asks again the same way gets none, for the one he copied holds.
    Raises source.unknown, source.not_connected, source.not_pushed and source.secret_renewed.
    """
    source = _connected(name)
    if not connector.of_kind(source.connector).pushed:
        raise Problem("source.not_pushed", name=name)
    if was != vault.mark(source.secrets):
        raise Problem("source.secret_renewed", name=name)
    secret = fresh_secret()
    with transaction.atomic():
        source.secrets = vault.locked({"secret": secret})
        source.save(update_fields=["secrets"])
        audit.record("source.secret", actor=actor, target=("source", source.name))
    return secret


def fresh_secret() -> str:
    """A secret to sign with, as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def replay(name: str, since: datetime, *, actor: Ref) -> Source:
    """Have a source tell again all since a moment; what is known already adds nothing.

    Raises source.unknown, source.not_connected, connector.no_replay, and replay.from for a moment still to come.
    """
    source = _connected(name)
    since_told = f"{clock.local(since):%d/%m/%Y %H:%M}"
    if since > clock.now():
        raise Problem("replay.from", value=since_told)
    cursor = connector.made(source.connector, source.options, vault.opened(source.secrets)).replay(since)
    with transaction.atomic():
        found = flow.of(source)
        # A look that is under way when this happens must not put its own cursor over it.
        found.cursor, found.turn, found.retry_at = cursor, found.turn + 1, None
        found.save(update_fields=["cursor", "turn", "retry_at"])
        audit.record("source.replayed", actor=actor, target=("source", source.name), since=since_told)
        flow.tell(source)
    return source


def _connected(name: str) -> Source:
    source = registry.get(name)
    if not source.connector:
        raise Problem("source.not_connected", name=name)
    return source


def get(load: int) -> Load:
    """The load of that number. Raises load.unknown."""
    found = Load.objects.select_related("source").filter(pk=load).first()
    if found is None:
        raise Problem("load.unknown", load=load)
    return found
