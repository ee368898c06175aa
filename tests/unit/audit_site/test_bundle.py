"""The vendored Vega is what the pinned package bundles: nobody has touched it, and it asks the network for nothing."""

from __future__ import annotations

import re
from pathlib import Path

import vl_convert

import orchestration.site

BUNDLE = Path(orchestration.site.__file__).parent / "static" / "vega.js"


def test_the_bundle_is_the_packages_own() -> None:
    assert BUNDLE.read_text(encoding="utf-8") == vl_convert.javascript_bundle()


def test_the_bundle_loads_nothing() -> None:
    text = BUNDLE.read_text(encoding="utf-8")
    assert "</script" not in text
    assert not re.search(r"\bimport\s*\(", text)
    assert not re.search(r"""["'`]https?://(cdn|unpkg|fonts)""", text)
