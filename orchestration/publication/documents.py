"""Word papers built from nothing: A4, Chinese fonts, native tables with repeating headers, page numbers.

Text is only ever put in as text. The same content gives the same bytes: no time is written. Rows are built as XML,
since a gap list has thousands and python-docx walks a whole table for each cell.
"""

# python-docx and lxml are typed in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.publication import wording

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

    from orchestration.publication.book import Heading

HEAD_FONT = "黑体"
TABLE_FONT = "宋体"
BODY_FONT = "仿宋"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TWIPS_PER_CM = 567
_HALF_A_PAGE = 600  # characters
_FONT_NAMES = ("ascii", "hAnsi", "eastAsia", "cs")
_NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_HEAD_FILL, _BAND_FILL = "E8ECF1", "F4F6F8"


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell's text and its look."""

    text: str
    strong: bool = False
    centred: bool = False


class Paper:
    """A Word document being filled from the top."""

    def __init__(self, heading: Heading, *, landscape: bool = True) -> None:
        from docx import Document
        from docx.enum.section import WD_ORIENT
        from docx.shared import Cm, Pt

        self.heading = heading
        self._document: WordDocument = Document()
        package = self._document.part.package
        relations = package.rels if package is not None else {}
        for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
            del relations[key]  # a picture of somebody's empty page
        section = self._document.sections[0]
        long, short = Cm(29.7), Cm(21.0)
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = (long, short) if landscape else (short, long)
        section.left_margin = section.right_margin = Cm(1.8)
        section.top_margin, section.bottom_margin = Cm(1.8), Cm(1.6)
        self.width = (29.7 if landscape else 21.0) - 3.6
        normal: Any = self._document.styles["Normal"]
        normal.font.size = Pt(10.5)
        normal.paragraph_format.space_after = Pt(0)
        _set_font(normal.element.get_or_add_rPr(), BODY_FONT)
        properties = self._document.core_properties
        properties.title = wording.clean(heading.place)
        properties.author, properties.comments, properties.language = "junheng", "", "zh-CN"
        # The statistics year stands in for the time, which is never written.
        properties.created = properties.modified = datetime(heading.year or 2000, 9, 1, tzinfo=UTC)
        self._footer(section)

    def title(self, text: str) -> None:
        """The paper's title, with 试算 where it is a trial, and the line that says what it was made from."""
        mark = "【试算】" if self.heading.provisional else ""
        self.line(f"{mark}{text}", font=HEAD_FONT, size=18, centred=True)
        self.line(self.heading.provenance, size=8, after=4)

    def line(  # noqa: PLR0913 - the look of a paragraph
        self, text: str, *, font: str = BODY_FONT, size: float = 10.5, centred: bool = False, before: float = 0,
        after: float = 0,
    ) -> None:  # fmt: skip
        """One paragraph. Sizes in points."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(wording.clean(text))
        run.font.size = Pt(size)
        _set_font(run._r.get_or_add_rPr(), font)

    def break_page(self) -> None:
        """What follows begins on a new page."""
        self._document.add_page_break()

    def table(self, columns: Sequence[tuple[str, float]]) -> Table:
        """A table over the whole width; columns are (head, share of the width), the head repeats on every page."""
        total = sum(share for _, share in columns)
        return Table(self._document, columns, [self.width * share / total for _, share in columns])

    def signatures(self) -> None:
        """Room for the seal, the signature and the date."""
        blank = "　" * 8
        self.line(f"单位（盖章）：{blank}负责人（签字）：{blank}日期：　　　年　　月　　日", size=11, before=14)

    def save(self, path: Path) -> None:
        """Write the file. Raises OSError."""
        buffer = io.BytesIO()
        self._document.save(buffer)
        with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in made.namelist():
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.create_system, entry.external_attr = 3, 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, made.read(name))

    def _footer(self, section: Any) -> None:  # noqa: ANN401 - python-docx's section
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = section.footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        trial = "（试算）" if self.heading.provisional else ""
        place = f"{wording.clean(self.heading.place)}{trial}"
        for text, field in ((f"{place}　　第 ", ""), ("1", "PAGE"), (" 页，共 ", ""), ("1", "NUMPAGES"), (" 页", "")):
            contents = [_element("w:fldChar", fldCharType="begin"), _text("w:instrText", field)] if field else []
            contents += [_element("w:fldChar", fldCharType="separate")] if field else []
            contents += [_text("w:t", text)]
            contents += [_element("w:fldChar", fldCharType="end")] if field else []
            for content in contents:
                run = paragraph.add_run()
                _set_font(run._r.get_or_add_rPr(), TABLE_FONT, 9)
                run._r.append(content)


class Table:
    """A native Word table: header row, bands across it, rows."""

    def __init__(self, document: WordDocument, columns: Sequence[tuple[str, float]], widths: Sequence[float]) -> None:
        from docx.oxml.ns import qn

        self._widths = [round(width * _TWIPS_PER_CM) for width in widths]
        table: Any = document.add_table(rows=0, cols=len(columns))
        table.style = "Table Grid"
        table.autofit = False
        self._table = table._tbl
        for column, width in zip(self._table.tblGrid.findall(qn("w:gridCol")), self._widths, strict=True):
            column.set(qn("w:w"), str(width))
        self._row([Cell(name, strong=True, centred=True) for name, _ in columns], fill=_HEAD_FILL, repeat=True)

    def band(self, text: str) -> None:
        """One merged cell across the table; stays with the row that follows."""
        self._row([Cell(text, strong=True)], fill=_BAND_FILL, span=len(self._widths))

    def row(self, cells: Sequence[Cell]) -> None:
        """One row; it is not broken over pages unless it is taller than one."""
        self._row(cells)

    def _row(self, cells: Sequence[Cell], *, fill: str = "", repeat: bool = False, span: int = 1) -> None:
        from docx.oxml import parse_xml

        # A row of many lines may break: it could be taller than the page.
        whole = "<w:cantSplit/>" if sum(len(cell.text) for cell in cells) < _HALF_A_PAGE else ""
        head = "<w:tblHeader/>" if repeat else ""
        widths = [sum(self._widths)] if span > 1 else self._widths
        body = "".join(_cell(cell, width, fill, span) for cell, width in zip(cells, widths, strict=True))
        self._table.append(parse_xml(f"<w:tr {_NAMESPACE}><w:trPr>{whole}{head}</w:trPr>{body}</w:tr>"))


def _cell(cell: Cell, width: int, fill: str, span: int) -> str:
    """A cell as XML; its text escaped."""
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    # A band stays with the row that follows.
    look = (
        f"<w:pPr>{'<w:keepNext/>' if span > 1 else ''}"
        '<w:spacing w:before="20" w:after="20" w:line="260" w:lineRule="atLeast"/>'
        f'<w:jc w:val="{"center" if cell.centred else "left"}"/></w:pPr>'
    )
    font = HEAD_FONT if cell.strong else TABLE_FONT
    fonts = " ".join(f'w:{name}="{font}"' for name in _FONT_NAMES)
    shape = f'<w:rPr><w:rFonts {fonts}/><w:sz w:val="18"/><w:szCs w:val="18"/></w:rPr>'
    paragraphs = "".join(
        f'<w:p>{look}<w:r>{shape}<w:t xml:space="preserve">{escape(text, quote=False)}</w:t></w:r></w:p>'
        for text in wording.clean(cell.text).split("\n")
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spanned}{shade}<w:vAlign w:val="center"/></w:tcPr>'
        f"{paragraphs}</w:tc>"
    )


def _element(tag: str, **attributes: str) -> Any:  # noqa: ANN401 - an lxml element
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element: Any = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def _text(tag: str, text: str) -> Any:  # noqa: ANN401 - an lxml element
    element = _element(tag)
    element.text = text
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element


def _set_font(properties: Any, font: str, points: float | None = None) -> None:  # noqa: ANN401 - an lxml element
    """The font for Chinese and for everything else, and the size."""
    from docx.oxml.ns import qn

    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = _element("w:rFonts")
        properties.insert(0, fonts)
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name in _FONT_NAMES:
        fonts.set(qn(f"w:{name}"), font)
    if points is not None:
        properties.append(_element("w:sz", val=str(round(points * 2))))
        properties.append(_element("w:szCs", val=str(round(points * 2))))
