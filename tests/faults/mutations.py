"""Mutated real files: bytes flipped, files cut, archive parts swapped, XML edited. Deterministic from a seed."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable

Mutation = Callable[[bytes, random.Random], bytes]

_TEXTS = (
    "",
    "0",
    "-1",
    "1e309",
    "NaN",
    "￥１，２３４",
    "=1+1",
    "#REF!",
    "9" * 400,
    "<x/>",
    "&amp;",
    "\u202e",
    "是",
    "*",
    "—",
)
_REFERENCES = ("A1", "XFD1048576", "ZZZZ99999999", "A0", "", "E6", "1A")


def flip_bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 40)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def drop_a_piece(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.randint(1, 5000) :]


def repeat_a_piece(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start : start + chance.randint(1, 5000)] * 2 + data[start:]


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def swap_parts(data: bytes, chance: random.Random) -> bytes:
    parts = _parts(data)
    one, other = chance.sample(sorted(parts), 2)
    parts[one], parts[other] = parts[other], parts[one]
    return _packed(parts)


def drop_a_part(data: bytes, chance: random.Random) -> bytes:
    parts = _parts(data)
    del parts[chance.choice(sorted(parts))]
    return _packed(parts)


def flip_in_a_part(data: bytes, chance: random.Random) -> bytes:
    parts = _parts(data)
    name = chance.choice(sorted(parts))
    parts[name] = flip_bytes(parts[name], chance) if parts[name] else b""
    return _packed(parts)


def cut_a_part(data: bytes, chance: random.Random) -> bytes:
    parts = _parts(data)
    name = chance.choice(sorted(parts))
    parts[name] = parts[name][: chance.randrange(len(parts[name]) + 1)]
    return _packed(parts)


def edit_xml(data: bytes, chance: random.Random) -> bytes:
    """Change references, values, types, merges and tags here and there, so that the XML stays nearly sound."""
    parts = _parts(data)
    name = chance.choice([name for name in sorted(parts) if name.endswith((".xml", ".rels"))])
    text = parts[name].decode("utf-8", "replace")
    patterns = (
        (r'r="[A-Z]+\d+"', lambda: f'r="{chance.choice(_REFERENCES)}"'),
        (r"<v>[^<]*</v>", lambda: f"<v>{chance.choice(_TEXTS)}</v>"),
        (r"<t[^>]*>[^<]*</t>", lambda: f"<t>{chance.choice(_TEXTS)}</t>"),
        (r' t="\w+"', lambda: f' t="{chance.choice(("s", "e", "b", "str", "inlineStr", "d", "n", "x"))}"'),
        (r'ref="[^"]*"', lambda: f'ref="{chance.choice(("A1:XFD1048576", "B2:A1", "A1", "", "Q:Q"))}"'),
        (r"</?\w+", lambda: chance.choice(("<x", "</x", "<", "<!--", "<![CDATA["))),
        (r'name="[^"]*"', lambda: f'name="{chance.choice(("基础基512", "", "a" * 300, "&lt;b&gt;"))}"'),
        (r"<v>[^<]*</v>", lambda: "<f>1+1</f>"),
        (r'sheetId="\d+"', lambda: 'sheetId="99999999999"'),
        (
            r'Target="[^"]*"',
            lambda: f'Target="{chance.choice(("../../x.xml", "/etc/passwd", "", "worksheets/sheet1.xml"))}"',
        ),
    )
    for _ in range(chance.randint(1, 6)):
        pattern, replacement = chance.choice(patterns)
        found = list(re.finditer(pattern, text))
        if found:
            match = chance.choice(found)
            text = text[: match.start()] + replacement() + text[match.end() :]
    parts[name] = text.encode()
    return _packed(parts)


ANY_FILE: tuple[Mutation, ...] = (flip_bytes, cut, drop_a_piece, repeat_a_piece)
ARCHIVES: tuple[Mutation, ...] = (*ANY_FILE, swap_parts, drop_a_part, flip_in_a_part, cut_a_part, edit_xml, edit_xml)


def mutate(data: bytes, seed: int) -> tuple[str, bytes]:
    """One mutation of a file: its name, and the spoilt bytes."""
    chance = random.Random(seed)
    mutation = chance.choice(ARCHIVES if data.startswith(b"PK") else ANY_FILE)
    return mutation.__name__, mutation(data, chance)
