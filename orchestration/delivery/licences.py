"""Licences of what we depend on: which may be used and handed on with a bundle."""

from __future__ import annotations

import re
from email.message import Message

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

# May be used by a program under Apache-2.0 and handed on beside it, unaltered. LGPL and MPL: as libraries of their own,
# which anybody can replace; their sources are what the registries have.
ALLOWED = frozenset(
    {
        "0BSD", "Apache-2.0", "Artistic-1.0-Perl", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC",
        "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MIT", "MIT-0", "MPL-2.0",
        "PSF-2.0", "Unlicense", "Zlib",
    }
)  # fmt: skip

_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "Artistic License": "Artistic-1.0-Perl",
    "BSD License": "BSD-3-Clause",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_WORDS = {"3-Clause BSD License": "BSD-3-Clause", "BSD": "BSD-3-Clause", "PSF": "PSF-2.0"}

# Metadata that does not say what the licence is, or says less than the package's own files; read by hand.
REVIEWED = {
    # Classifiers name both, the README: "Artistic License or GPL".
    "text-unidecode": "Artistic-1.0-Perl",
}


def licence_of(name: str, headers: Message) -> str:
    """The licence as an SPDX expression; as worded, where it cannot be told; ``""`` where nothing is said.

    ``License-Expression`` first, then classifiers (several are taken to hold all at once), then ``License``.
    """
    if name in REVIEWED:
        return REVIEWED[name]
    expression = headers.get("License-Expression")
    if expression:
        return expression
    classifiers = [line.split(" :: ") for line in headers.get_all("Classifier", [])]
    stated = [parts[-1] for parts in classifiers if parts[0] == "License" and parts[-1] != "OSI Approved"]
    if stated:
        return " AND ".join(sorted({_CLASSIFIERS.get(one, one) for one in stated}))
    words = headers.get("License", "").strip()
    return _WORDS.get(words, words.partition("\n")[0][:80])


def allowed(expression: str) -> bool:
    """Whether an SPDX expression leaves a way to use the package: one of an OR, each of an AND.

    What is not an expression of known licences is not allowed.
    """
    try:
        tokens = re.findall(r"\(|\)|[^\s()]+", canonicalize_license_expression(expression))
    except InvalidLicenseExpression:
        return False

    def either() -> bool:
        result = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            result = both() or result
        return result

    def both() -> bool:
        result = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            result = one() and result
        return result

    def one() -> bool:
        token = tokens.pop(0)
        if token != "(":  # noqa: S105 - a bracket
            return token in ALLOWED
        result = either()
        tokens.pop(0)
        return result

    return either()
