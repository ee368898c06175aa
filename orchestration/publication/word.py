"""Word papers from a template that an official can edit: tags filled in, every value inert, the same bytes each time.

A template is a .docx with docxtpl's tags (``{{ … }}``, ``{%p for … %}``, ``{%tr for … %}``). docxtpl cleans what Word
does to tags; the rest is done here, because docxtpl opens, compiles and saves the whole package a paper, and a load
makes hundreds: a template is compiled once, and rendering is filling text into parts.

A value can never act: not as a tag (values are not rendered again), not as markup (escaped), not by control or
direction characters (shown as �). A template of a stranger cannot act either: it runs in a sandbox.
"""

# docxtpl has no stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError, ParserCreate

from orchestration.publication import wording

if TYPE_CHECKING:
    from jinja2 import Environment, Template

BODY = "word/document.xml"
_RELATIONS = "word/_rels/document.xml.rels"
_TYPES = "[Content_Types].xml"
_CORE = "docProps/core.xml"
_RENDERED = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
_PARAGRAPH = re.compile(r"\n(?=<w:p[ >])")
# What XML 1.0 has no way to write, besides the controls that `clean` shows already.
_NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LARGEST = 32 * 1024 * 1024  # bytes of a template, unpacked
_EMU_PER_MM = 36_000
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


class TemplateError(Exception):
    """A template cannot be used; the text says what is wrong with it, in Chinese."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG for a tag to show, ``width`` in millimetres; ``says`` is its text for who cannot see it."""

    name: str
    png: bytes
    width: float
    says: str
    number: int

    def __html__(self) -> str:
        """The drawing, in the place of the tag's text."""
        across, down = struct.unpack(">II", self.png[16:24])  # where a PNG tells its size
        width = int(self.width * _EMU_PER_MM)
        size = f'cx="{width}" cy="{width * down // across}"'
        names = f'id="{9000 + self.number}" name="{escape(self.name)}" descr="{escape(self.says)}"'
        drawing = "http://schemas.openxmlformats.org/drawingml/2006"
        return (
            '</w:t></w:r><w:r><w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            f'<wp:inline xmlns:wp="{drawing}/wordprocessingDrawing"><wp:extent {size}/><wp:docPr {names}/>'
            f'<a:graphic xmlns:a="{drawing}/main"><a:graphicData uri="{drawing}/picture">'
            f'<pic:pic xmlns:pic="{drawing}/picture"><pic:nvPicPr><pic:cNvPr {names}/><pic:cNvPicPr/></pic:nvPicPr>'
            f'<pic:blipFill><a:blip xmlns:r="{_RELATION}" r:embed="{self.relation}"/><a:stretch><a:fillRect/>'
            f'</a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
            '</wp:inline></w:drawing></w:r><w:r><w:t xml:space="preserve">'
        )

    @property
    def relation(self) -> str:
        """Its id within the document's relations."""
        return f"rIdPicture{self.number}"

    @property
    def part(self) -> str:
        """Its file within the package's ``word`` folder."""
        return f"media/junheng{self.number}.png"


@dataclass(frozen=True, slots=True)
class Properties:
    """What the file says of itself; ``year`` (the statistics year) stands in for the time, which is never written."""

    title: str
    subject: str
    year: int


class WordTemplate:
    """A template, read and compiled; ``render`` may be called any number of times."""

    def __init__(self, path: Path) -> None:
        """Raises TemplateError where the file is not there, no .docx, or has a tag that cannot be understood."""
        self._label = path.name
        self._parts = _unpacked(path)
        environment = _environment()
        self._compiled = {
            name: self._compile(environment, name) for name in self._parts if _RENDERED.fullmatch(name)
        }  # fmt: skip

    def render(self, context: Mapping[str, object], properties: Properties, pictures: Sequence[Picture] = ()) -> bytes:
        """The paper's bytes. Raises TemplateError where a tag asks for what is not there, or breaks the document."""
        parts = dict(self._parts)
        for name, template in self._compiled.items():
            parts[name] = self._filled(template, context)
        if _CORE in parts:
            parts[_CORE] = _core(properties)
        if pictures:
            _embed(parts, pictures)
        return packed(parts)

    def _compile(self, environment: Environment, name: str) -> Template:
        from docxtpl import DocxTemplate
        from jinja2 import TemplateSyntaxError

        try:
            xml = self._parts[name].decode("utf-8-sig")
            _well_formed(xml)
        except UnicodeDecodeError as error:
            raise TemplateError(
                f"模板 {self._label} 打不开：{name} 不是 UTF-8 编码，请在 Word 中另存为 .docx"
            ) from error
        except ExpatError as error:
            raise TemplateError(f"模板 {self._label} 打不开：{name} 不是完好的 Word 内容（{error}）") from error
        source: str = DocxTemplate(io.BytesIO()).patch_xml(xml)
        try:
            # A line a paragraph, so that a fault can be told by where it stands.
            return environment.from_string(re.sub(r"(?=<w:p[ >])", "\n", source))
        except TemplateSyntaxError as error:
            lines = (error.source or "").splitlines()
            around = lines[error.lineno - 1] if 0 < error.lineno <= len(lines) else ""
            raise TemplateError(
                f"模板 {self._label} 中有写错的标记：{_shown(around)}（{error.message}）。"
                "请核对花括号、百分号是否成对，for、if 是否有 endfor、endif。"
            ) from error

    def _filled(self, template: Template, context: Mapping[str, object]) -> bytes:
        from jinja2 import TemplateError as JinjaError

        try:
            text = _PARAGRAPH.sub("", template.render(context))
            _well_formed(text)
        except JinjaError as error:
            raise TemplateError(
                f"模板 {self._label} 用了没有的标记：{error.message}。可用的标记见 templates/README.md。"
            ) from error
        except ExpatError as error:
            raise TemplateError(
                f"模板 {self._label} 填入后不成为 Word 文档：循环、条件的起止标记没有各自独占一段（{{%p … %}}）"
                f"或一行（{{%tr … %}}）（{error}）"
            ) from error
        except (TypeError, ValueError, ArithmeticError, OverflowError) as error:
            raise TemplateError(f"模板 {self._label} 中有算不出的标记：{error}") from error
        return text.encode("utf-8")


def printable(value: object) -> object:
    """What stands in the paper for a value of the context: nothing for None, text without hidden characters."""
    if value is None:
        return ""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return _NO_XML.sub("�", wording.clean(value)).replace("\n", " ")
    return value


def packed(parts: Mapping[str, bytes], *, compress: bool = True) -> bytes:
    """Files in a zip, in their order, with no time and no system of their own. Names are UTF-8 and say so."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            entry.compress_type = method
            archive.writestr(entry, data)
    return buffer.getvalue()


def _environment() -> Environment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined, finalize=printable)


def _well_formed(xml: str) -> None:
    """Raises ExpatError for what is no XML, and for XML with entities of its own, which Word never writes."""
    parser = ParserCreate()

    def refuse(*_: object) -> None:
        raise ExpatError("DOCTYPE")

    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(xml.encode("utf-8"), True)


def _unpacked(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > _LARGEST:
                raise TemplateError(f"模板 {path.name} 太大")
            parts = {entry.filename: archive.read(entry) for entry in entries}
    except FileNotFoundError as error:
        raise TemplateError(f"没有模板文件 {path}") from error
    except IsADirectoryError as error:
        raise TemplateError(f"{path} 是文件夹，不是模板文件") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise TemplateError(f"模板 {path.name} 不是 .docx 文件（旧的 .doc 请在 Word 中另存为 .docx）") from error
    except OSError as error:
        raise TemplateError(f"模板 {path} 读不出来（{error.strerror or error}）") from error
    if BODY not in parts or _TYPES not in parts:
        raise TemplateError(f"模板 {path.name} 不是 Word 文档（.docx）")
    return parts


def _shown(xml: str) -> str:
    """A paragraph as its reader sees it, not endlessly long."""
    text = re.sub(r"<[^>]+>", "", xml).strip()
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”"


def _core(properties: Properties) -> bytes:
    day = f"{properties.year}-09-01T00:00:00Z"
    title, subject = (escape(str(printable(text))) for text in (properties.title, properties.subject))
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties xmlns:cp="http://schemas.openxml'
        'formats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:subject>{subject}</dc:subject><dc:creator>junheng</dc:creator>"
        "<dc:language>zh-CN</dc:language><cp:revision>1</cp:revision>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{day}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{day}</dcterms:modified></cp:coreProperties>'
    ).encode()


def _embed(parts: dict[str, bytes], pictures: Sequence[Picture]) -> None:
    """The pictures' files, their relations to the document, and the type of their ending."""
    body = parts[BODY].decode("utf-8")
    shown = [picture for picture in pictures if f'r:embed="{picture.relation}"' in body]
    relations = "".join(
        f'<Relationship Id="{picture.relation}" Type="{_RELATION}/image" Target="{picture.part}"/>'
        for picture in shown
    )  # fmt: skip
    parts[_RELATIONS] = parts[_RELATIONS].replace(b"</Relationships>", f"{relations}</Relationships>".encode())
    if shown and not re.search(rb'Extension="png"', parts[_TYPES], re.IGNORECASE):
        parts[_TYPES] = re.sub(
            rb"(<Types[^>]*>)", rb'\1<Default Extension="png" ContentType="image/png"/>', parts[_TYPES], count=1
        )
    for picture in shown:
        parts[f"word/{picture.part}"] = picture.png
