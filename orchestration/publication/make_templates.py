"""Make the Word templates that are kept beside this module: ``python -m orchestration.publication.make_templates``.

The .docx files are what is used; this script is where their layout is written down, and a test holds the two
together. An official edits a copy of a .docx in Word and gives it by ``--template``; see templates/README.md.
"""

# python-docx is typed in part, and its XML is reached by the members it keeps for itself.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestration.publication.file_names import WORD_TEMPLATES
from orchestration.publication.word import packed

if TYPE_CHECKING:
    from docx.document import Document
    from docx.styles.style import ParagraphStyle
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

# Parts of python-docx's own template that a paper has no use for, and what names them.
_LEFT_OUT = ("docProps/thumbnail", "customXml/", "word/stylesWithEffects")
_UNWANTED = re.compile(r'<(?:Relationship|Override) [^>]*"[^"]*(?:thumbnail|customXml|stylesWithEffects)[^"]*"[^>]*/>')
_TABLE_STYLES = ("TableNormal", "TableGrid")
_HEAD_FILL = "E8ECF1"
_PROVENANCE = "{{ paper.place }}　标准：{{ paper.standard }}　数据指纹：{{ paper.fingerprint }}"

Columns = Sequence[tuple[str, str, float]]  # heading, tag, width in millimetres


class Draft:
    """A template being written from the top."""

    def __init__(self, body_size: float, table_size: float, margins: tuple[float, float, float, float]) -> None:
        """``body_size`` and ``table_size`` in points; ``margins`` top, right, bottom, left in millimetres."""
        import docx
        from docx.shared import Mm

        self.document: Document = docx.Document()
        self._table_size = table_size
        self._style("Normal", "宋体", body_size)
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = map(Mm, margins)
        section.header_distance, section.footer_distance = Mm(12), Mm(12)
        self._footer()

    def body(self, font: str, size: float) -> None:
        """The font of the running text, whose lines' height makes the space between paragraphs."""
        from docx.shared import Pt

        form = self._style("Normal", font, size).paragraph_format
        form.space_before = form.space_after = Pt(0)

    def style(self, name: str, font: str, size: float, *, before: float, after: float, outline: bool = True) -> None:
        """Set a heading style: ``before`` and ``after`` are points of space."""
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        style = self._style(name, font, size)
        style.font.bold = not outline
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.keep_with_next = True
        for border in style.element.findall(f".//{qn('w:pBdr')}"):
            border.getparent().remove(border)

    def _style(self, name: str, font: str, size: float) -> ParagraphStyle:
        from docx.enum.style import WD_STYLE_TYPE
        from docx.oxml.ns import qn
        from docx.shared import Pt
        from docx.styles.style import ParagraphStyle

        styles = self.document.styles
        style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        assert isinstance(style, ParagraphStyle)  # noqa: S101 - narrowing
        style.font.name, style.font.size = "Times New Roman", Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
        fonts.set(qn("w:eastAsia"), font)
        return style

    def text(
        self, text: str, style: str = "Normal", *, align: str = "left", indent: float = 0, size: float | None = None,
        line: float | None = None,
    ) -> Paragraph:  # fmt: skip
        """A paragraph: ``indent`` of the first line and ``line`` height in points."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = self.document.add_paragraph(style=style)
        run = paragraph.add_run(text)
        if size:
            run.font.size = Pt(size)
        form = paragraph.paragraph_format
        form.alignment = {
            "left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT,
            "both": WD_ALIGN_PARAGRAPH.JUSTIFY,
        }[align]  # fmt: skip
        if indent:
            form.first_line_indent = Pt(indent)
        if line:
            form.line_spacing = Pt(line)
        return paragraph

    def tag(self, tag: str) -> None:
        """A loop's or a condition's beginning or end: a paragraph that leaves no trace."""
        self.document.add_paragraph(f"{{%p {tag} %}}")

    def table(self, columns: Columns, loop: str, *, lines: tuple[int, str] | None = None) -> None:
        """A table with a heading row on every page and one row for each turn of ``loop``.

        ``lines``: the column whose cell holds a paragraph for each turn of a loop of its own.
        """
        table = self.document.add_table(rows=4, cols=len(columns), style="Table Grid")
        self._fit(table, [width for _, _, width in columns])
        for number, (heading, tag, _) in enumerate(columns):
            self._cell(table.cell(0, number), heading, "center", fill=True)
            if lines and lines[0] == number:
                cell = table.cell(2, number)
                self._cell(cell, f"{{%p for {lines[1]} %}}", "left")
                self._cell(cell, tag, "left", more=True)
                self._cell(cell, "{%p endfor %}", "left", more=True)
            else:
                short = tag.endswith("#")
                self._cell(table.cell(2, number), tag.rstrip("#"), "center" if short else "left")
        self._cell(table.cell(1, 0), f"{{%tr for {loop} %}}", "left")
        self._cell(table.cell(3, 0), "{%tr endfor %}", "left")
        self._row_rules(table, repeat=True)

    def form(self, rows: Sequence[Sequence[tuple[str, float, bool]]], height: float = 0) -> None:
        """A table of labels and values: text, width in millimetres, whether it is a label; ``height`` in mm."""
        from docx.shared import Mm

        table = self.document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
        self._fit(table, [width for _, width, _ in rows[0]])
        for number, row in enumerate(rows):
            if height:
                table.rows[number].height = Mm(height)
            for column, (text, _, label) in enumerate(row):
                self._cell(table.cell(number, column), text, "center" if label else "left", fill=label)
        self._row_rules(table, repeat=False)

    def _fit(self, table: Table, widths: Sequence[float]) -> None:
        from docx.enum.table import WD_TABLE_ALIGNMENT
        from docx.shared import Mm

        table.autofit = False
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        for number, width in enumerate(widths):
            table.columns[number].width = Mm(width)
            for cell in table.columns[number].cells:
                cell.width = Mm(width)

    def _cell(self, cell: _Cell, text: str, align: str, *, fill: bool = False, more: bool = False) -> None:
        from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Pt

        paragraph = cell.add_paragraph() if more else cell.paragraphs[0]
        run = paragraph.add_run(text)
        run.font.size = Pt(self._table_size)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if align == "center" else WD_ALIGN_PARAGRAPH.LEFT
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1.5)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        if fill:
            fonts = run._element.get_or_add_rPr().get_or_add_rFonts()
            fonts.set(qn("w:eastAsia"), "黑体")
            shade = OxmlElement("w:shd")
            for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", _HEAD_FILL)):
                shade.set(qn(name), value)
            cell._tc.get_or_add_tcPr().append(shade)

    def _row_rules(self, table: Table, *, repeat: bool) -> None:
        """No row is torn at a page's end, and the heading row is said again on the next."""
        from docx.oxml import OxmlElement

        for number, row in enumerate(table.rows):
            rules = row._tr.get_or_add_trPr()
            rules.append(OxmlElement("w:cantSplit"))
            if repeat and number == 0:
                rules.append(OxmlElement("w:tblHeader"))
            # A heading row is never alone at the foot of a page, and a form stays whole.
            if number == 0 or (not repeat and number < len(table.rows) - 1):
                for cell in row.cells:
                    cell.paragraphs[0].paragraph_format.keep_with_next = True

    def _footer(self) -> None:
        """Where the paper comes from, and its page numbers."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        section = self.document.sections[0]
        head = section.header.paragraphs[0]
        head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        head.add_run("{{ paper.mark }}").font.size = Pt(9)
        first = section.footer.paragraphs[0]
        first.add_run(_PROVENANCE).font.size = Pt(7)
        second = section.footer.add_paragraph()
        for paragraph in (first, second):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for piece in ("第 ", "PAGE", " 页　共 ", "NUMPAGES", " 页"):
            if piece.isascii() and piece.isalpha():
                self._field(second, piece)
            else:
                second.add_run(piece).font.size = Pt(9)

    @staticmethod
    def _field(paragraph: Paragraph, name: str) -> None:
        """PAGE or NUMPAGES, counted by whoever shows the paper."""
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Pt

        run = paragraph.add_run("1")
        run.font.size = Pt(9)
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), name)
        field.append(run._element)
        paragraph._element.append(field)

    def finish(self) -> bytes:
        """The template's bytes, the same each time."""
        from docx.oxml.ns import qn

        styles = self.document.styles.element
        for language in styles.iter(qn("w:lang")):
            language.set(qn("w:eastAsia"), "zh-CN")
        # Word's hundred table styles are nine tenths of a paper, and none of them is used.
        for style in list(styles.iter(qn("w:style"))):
            if style.get(qn("w:type")) == "table" and style.get(qn("w:styleId")) not in _TABLE_STYLES:
                styles.remove(style)
        buffer = io.BytesIO()
        self.document.save(buffer)
        with zipfile.ZipFile(buffer) as archive:
            parts = {name: archive.read(name) for name in archive.namelist() if not name.startswith(_LEFT_OUT)}
        for name in ("_rels/.rels", "word/_rels/document.xml.rels", "[Content_Types].xml"):
            parts[name] = _UNWANTED.sub("", parts[name].decode("utf-8")).encode()
        return packed(parts)


def main() -> None:
    """Write both templates into the folder."""
    from orchestration.publication.template_layouts import school_plan, self_assessment

    (WORD_TEMPLATES / "self_assessment.docx").write_bytes(self_assessment())
    (WORD_TEMPLATES / "school_plan.docx").write_bytes(school_plan())


if __name__ == "__main__":
    main()
