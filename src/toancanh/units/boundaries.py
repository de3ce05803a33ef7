"""Boundaries for maps: official ones where a province imported them, else cells drawn around centroids, which say so.

No boundary ships with the product: the published ones have unclear terms.
"""

import hashlib
import json
import math
import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from toancanh.base import clock, home
from toancanh.base.problems import Problem, Words, register
from toancanh.units import spelling
from toancanh.units.names import Resolver
from toancanh.units.tree import Node, Tree, at, reference

Kind = Literal["official", "voronoi"]

_CODES = ("code", "ma", "ma_xa", "maxa", "ma_tinh", "matinh", "ma_dvhc", "unit")
_NAMES = ("fullname", "name", "ten", "ten_xa", "tenxa", "ten_tinh", "tentinh", "ten_dvhc")
_WEST, _SOUTH, _EAST, _NORTH = 101.0, 6.0, 118.0, 24.0
_KM_PER_DEGREE = 111.32
_REACH = 2.2
_MARGIN = 0.04

register(
    {
        "unit.boundaries.unreadable": Words(
            _("Không đọc được ranh giới trong {path}."),
            _("Dùng GeoJSON FeatureCollection, tọa độ WGS 84 (kinh độ, vĩ độ), hình Polygon hoặc MultiPolygon."),
        ),
    }
)


@dataclass
class Imported:
    """What an import of boundaries did: codes that have one now, and features that match no unit of the day."""

    matched: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)


def boundaries(code: str, day: date) -> tuple[dict[str, Any], Kind]:
    """The territories directly under a unit as a GeoJSON FeatureCollection, and what kind of boundaries these are.

    Official only when every one of them was imported. Raises unit.not_there.
    """
    at(code, day)
    nodes = [node for node in Tree.at(day).children(code) if node.kind in ("province", "district", "commune")]
    stored = _stored(reference(code))
    if nodes and all(_identity(node) in stored for node in nodes):
        return _collection((node, stored[_identity(node)]) for node in nodes), "official"
    placed = [node for node in nodes if node.latitude is not None and node.longitude is not None]
    return _cells(reference(code), placed), "voronoi"


def store(path: Path, day: date | None = None) -> Imported:
    """Keep the boundaries of a GeoJSON file for the units of that day (today), matched by code and name.

    A feature with both must agree in both, since codes are used again. Raises unit.boundaries.unreadable.
    """
    day = day or clock.today()
    features = _features(path)
    resolver, tree = Resolver(day), Tree.at(day)
    report = Imported()
    by_parent: dict[str, dict[str, Any]] = defaultdict(dict)
    for feature in features:
        node = _match(feature, resolver, tree)
        if node is None or node.ref in report.matched:
            report.unmatched.append(_title(feature))
            continue
        by_parent[node.parent or "top"][_identity(node)] = feature["geometry"]
        report.matched.append(node.ref)
    for parent, geometries in by_parent.items():
        _write(_official(parent), {**_stored(parent), **geometries})
    return report


def _features(path: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        features: list[dict[str, Any]] = content["features"]
        for feature in features:
            if feature["geometry"]["type"] not in ("Polygon", "MultiPolygon") or not _in_vietnam(feature["geometry"]):
                raise ValueError
            feature["properties"] = {str(key).casefold(): value for key, value in (feature["properties"] or {}).items()}
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        raise Problem("unit.boundaries.unreadable", path=path.name) from None
    return features


def _in_vietnam(geometry: dict[str, Any]) -> bool:
    """True when the first point is in degrees and near Vietnam; surveyors' files are often in metres."""
    point = geometry["coordinates"]
    while isinstance(point[0], list):
        point = point[0]
    return bool(_WEST <= point[0] <= _EAST and _SOUTH <= point[1] <= _NORTH)


def _match(feature: dict[str, Any], resolver: Resolver, tree: Tree) -> Node | None:
    properties = feature["properties"]
    code = next((str(properties[key]) for key in _CODES if properties.get(key)), "")
    name = next((str(properties[key]) for key in _NAMES if properties.get(key)), "")
    if code:
        node = tree.get(code)
        agreed = node and (not name or spelling.keys(name) & spelling.keys(node.name, *node.other_names))
        return node if agreed else None
    try:
        return resolver.find(name) if name else None
    except Problem:
        return None


def _title(feature: dict[str, Any]) -> str:
    properties = feature["properties"]
    words = [str(properties[key]) for key in (*_NAMES[:1], *_NAMES[1:], *_CODES) if properties.get(key)]
    return " ".join(dict.fromkeys(words)) or str(feature.get("id", "?"))


def _identity(node: Node) -> str:
    return f"{node.ref}@{node.valid_from or ''}"


def _official(parent: str) -> Path:
    return home.current().boundaries / f"official-{parent.replace(':', '-')}.json"


def _stored(parent: str) -> dict[str, Any]:
    """Imported geometries under that unit, by identity."""
    file = _official(parent)
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _write(file: Path, content: object) -> None:
    """Put the file there whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    draft.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    draft.replace(file)


def _cells(parent: str, nodes: list[Node]) -> dict[str, Any]:
    """Voronoi cells of the centroids, remembered on disk for as long as the centroids stay where they are."""
    if not nodes:
        return _collection([])
    points = repr([(_identity(node), node.name, node.latitude, node.longitude, node.area) for node in nodes])
    digest = hashlib.sha256(points.encode()).hexdigest()[:16]
    file = home.current().boundaries / "cells" / f"{parent.replace(':', '-')}-{digest}.json"
    if file.exists():
        remembered: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return remembered
    drawn = _draw(nodes)
    _write(file, drawn)
    return drawn


def _draw(nodes: list[Node]) -> dict[str, Any]:
    import shapely

    points = {node.ref: shapely.Point(node.longitude, node.latitude) for node in nodes}
    together = shapely.MultiPoint(list(points.values()))
    land = together.convex_hull.buffer(_MARGIN)
    cells = shapely.STRtree(list(shapely.voronoi_polygons(together, extend_to=land).geoms))
    shapes = []
    for node in nodes:
        point = points[node.ref]
        near = cells.query(point, predicate="intersects")
        if len(near):
            cell = cells.geometries[near[0]].intersection(land).intersection(point.buffer(_reach(node)))
            shapes.append((node, shapely.geometry.mapping(shapely.set_precision(cell, 1e-5))))
    return _collection(shapes)


def _reach(node: Node) -> float:
    """How far a cell may go from its centroid, in degrees; keeps islands from becoming seas."""
    return _REACH * math.sqrt((node.area or 400.0) / math.pi) / _KM_PER_DEGREE


def _collection(shapes: Iterable[tuple[Node, Any]]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": node.ref,
                "properties": {"code": node.ref, "name": node.name},
                "geometry": geometry,
            }
            for node, geometry in shapes
        ],
    }
