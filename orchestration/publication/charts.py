"""Pictures for the Word papers: Vega-Lite specs, drawn offline by vl-convert.

Only B1 … V and numbers stand in a picture, because an office machine may have no Chinese font for the renderer; the
Chinese words are the caption's and the alternative text's. Nothing is told by colour alone: each bar bears its
number, and what fails is dark where what passes is pale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestration.publication import sentences

Row = Mapping[str, object]
Spec = dict[str, object]

_SCALE = 2.5
_FONT = "Liberation Sans"  # the renderer brings it along
_MET, _FAILED, _LIMIT = "#9DB8D9", "#1F3A5F", "#B00020"
_PER_CENT = [0, 20, 40, 60, 80, 100]
_FULL: Spec = {"domain": [0, 110]}  # room for the numbers above the bars
_CONFIG: Spec = {
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {"labelFontSize": 11, "gridColor": "#E3E7EC", "domainColor": "#555", "labelColor": "#222"},
}


def coefficients(levels: Sequence[Sequence[Row]]) -> Spec:
    """CVs of B1–B7 with the limit as a dashed line, a panel a level; rows of ``marts.form_summary``."""
    top = max(
        [float(str(row[name])) for rows in levels for row in rows for name in ("cv", "cv_limit") if row[name]] or [1]
    )
    return _panels([_coefficient_panel(rows, top * 1.15) for rows in levels])


def shares(levels: Sequence[Sequence[Row]]) -> Spec:
    """Share of sections that meet each of the seven, in per cent, a panel a level; rows of marts.form_summary."""
    return _panels([_share_panel(rows) for rows in levels])


def schools_behind(rows: Sequence[Row]) -> Spec:
    """How many schools stand behind each indicator of the gap list: ``indicator`` and ``schools`` of each row."""
    values = [{"i": row["indicator"], "v": row["schools"], "t": f"{row['schools']}"} for row in rows]
    bars = _bars({"value": _FAILED}, {"domainMin": 0})
    return {**_base(), "data": {"values": values}, "width": max(34 * len(values), 220), "height": 140, "layer": bars}


def png(spec: Spec) -> bytes:
    """The picture's bytes, the same for the same spec."""
    import vl_convert

    return vl_convert.vegalite_to_png(spec, scale=_SCALE)


def _base() -> Spec:
    return {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": _CONFIG, "background": "white"}


def _panels(panels: Sequence[Spec]) -> Spec:
    return {**_base(), "hconcat": list(panels), "spacing": 28}


def _bars(color: object, scale: Spec, *between: Spec) -> list[Spec]:
    """Bars over the indicators, each with its number on top, in front of whatever comes ``between``."""
    across: Spec = {"field": "i", "type": "nominal", "sort": None, "title": None, "axis": {"labelAngle": 0}}
    axis: Spec = {"values": _PER_CENT} if scale == _FULL else {"tickCount": 5, "format": "~r"}
    up: Spec = {"field": "v", "type": "quantitative", "title": None, "scale": scale, "axis": axis}
    bar: Spec = {"type": "bar", "width": {"band": 0.66}}
    place: Spec = {"x": across, "y": up}
    number: Spec = {"type": "text", "dy": -6, "fontSize": 9}
    words: Spec = place | {"text": {"field": "t", "type": "nominal"}}
    return [
        {"mark": bar, "encoding": place | {"color": color}},
        *between,
        # White around the figures, so that a line behind them does not cross them out.
        {"mark": number | {"stroke": "white", "strokeWidth": 4, "color": "white"}, "encoding": words},
        {"mark": number | {"color": "#111"}, "encoding": words},
    ]


def _coefficient_panel(rows: Sequence[Row], top: float) -> Spec:
    values = [
        {
            "i": row["indicator"],
            "v": row["cv"] or 0,
            "t": "-" if row["cv"] is None else sentences.fixed(row["cv"], 3, row["cv_limit"]),
            "ok": row["cv_verdict"] == "met",
        }
        for row in rows
    ]
    limits = sorted({float(str(row["cv_limit"])) for row in rows})
    lines: list[Spec] = []
    for limit in limits:
        at: Spec = {"y": {"datum": limit}}
        lines.append({"mark": {"type": "rule", "color": _LIMIT, "strokeDash": [5, 3], "size": 1.5}, "encoding": at})
        text: Spec = {"type": "text", "text": f"{limit:.2f}", "color": _LIMIT, "fontSize": 11, "align": "left"}
        lines.append({"mark": text | {"dx": 3}, "encoding": at | {"x": {"value": 250}}})
    layers = _bars(_two_tones(), {"domain": [0, top]}, *lines)
    return {"data": {"values": values}, "width": 250, "height": 170, "layer": layers}


def _share_panel(rows: Sequence[Row]) -> Spec:
    values = [
        {
            "i": row["indicator"],
            "v": 100 * float(str(row["share_met"] or 0)),
            "t": "-" if row["share_met"] is None else f"{row['sections_met']}/{row['sections']}",
            "ok": row["share_met"] is not None and row["sections_met"] == row["sections"],
        }
        for row in rows
    ]
    return {
        "data": {"values": values}, "width": 250, "height": 170, "layer": _bars(_two_tones(), _FULL),
    }  # fmt: skip


def _two_tones() -> Spec:
    return {
        "field": "ok", "type": "nominal", "legend": None,
        "scale": {"domain": [True, False], "range": [_MET, _FAILED]},
    }  # fmt: skip
