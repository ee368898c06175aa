"""The Word engine: values are inert, bytes are the same, a bad template says in Chinese what is wrong with it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pytest

from orchestration.publication.word import BODY, Picture, Properties, TemplateError, WordTemplate, packed
from tests import docx_text

PROPERTIES = Properties("标题 <&>", "指纹", 2017)
HOSTILE = (
    "{{ 7*7 }}", "{% for x in range(9) %}", "{# 注 #}", "{_{ 7*7 }_}", "<script>alert(1)</script>", "]]>&lt;&#x26;",
    "=1+1", "../x", "</w:t></w:r></w:p>", "“引”号’'\"", "x" * 40_000,
)  # fmt: skip
# A 1×1 PNG.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)


def template(folder: Path, *lines: str) -> Path:
    """A .docx with these paragraphs."""
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    path = folder / "模板.docx"
    document.save(str(path))
    return path


@pytest.mark.parametrize("name", HOSTILE)
def test_a_value_is_only_text(tmp_path: Path, name: str) -> None:
    made = WordTemplate(template(tmp_path, "{{ name }}", "{%p for n in names %}", "{{ n }}", "{%p endfor %}")).render(
        {"name": name, "names": [name]}, PROPERTIES
    )
    shown = [text for text in docx_text.paragraphs(made) if text]
    # docxtpl's own escape is the one thing that a reader sees otherwise.
    assert [text.replace("{_{", "{{").replace("}_}", "}}") for text in shown] == [
        name.replace("{_{", "{{").replace("}_}", "}}")
    ] * 2


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x0b", "\x1b", "\u202e", "\u200b", "\ufffe", "\uffff", "\ud800"])
def test_hidden_characters_are_shown_as_such(tmp_path: Path, char: str) -> None:
    made = WordTemplate(template(tmp_path, "{{ name }}")).render({"name": f"红{char}小学"}, PROPERTIES)
    assert docx_text.paragraphs(made) == ["红�小学"]


def test_the_same_values_give_the_same_bytes_and_no_time_is_written(tmp_path: Path) -> None:
    path = template(tmp_path, "{{ name }}")
    first = WordTemplate(path).render({"name": "索镇小学"}, PROPERTIES)
    assert first == WordTemplate(path).render({"name": "索镇小学"}, PROPERTIES)
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    core = docx.Document(io.BytesIO(first)).core_properties
    assert (core.title, core.created and core.created.year, core.modified == core.created) == ("标题 <&>", 2017, True)


def test_a_picture_stands_where_its_tag_does_with_its_text(tmp_path: Path) -> None:
    picture = Picture("chart", PNG, 20, '图 "1" <a>', 1)
    made = WordTemplate(template(tmp_path, "前{{ chart }}后")).render({"chart": picture}, PROPERTIES, [picture])
    document = docx.Document(io.BytesIO(made))
    (shape,) = document.inline_shapes
    assert (shape.width.mm, shape.height.mm) == (20, 20)
    assert document.paragraphs[0].text == "前后"
    assert docx_text.alternative_texts(made) == ["图 &quot;1&quot; &lt;a&gt;"]
    unused = WordTemplate(template(tmp_path, "没有图")).render({"chart": picture}, PROPERTIES, [picture])
    assert picture.part not in "".join(zipfile.ZipFile(io.BytesIO(unused)).namelist())


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (("{{ nam }}",), "没有的标记：'nam' is undefined"),
        (("{%p for x in names %}", "{{ x }}"), "endfor"),
        (("{% if %}",), "写错的标记：“{% if %}”"),
        (("{{ name.__class__.__mro__ }}",), "没有的标记"),
        (("{{ name / 2 }}",), "算不出"),
        (("{% for x in range(10**9) %}{% endfor %}",), "算不出|没有的标记"),
        (("{{ name|safe }}{% if names %}", "b{%p endif %}"), "不成为 Word 文档|写错的标记"),
    ],
)
def test_a_bad_tag_is_told_in_chinese(tmp_path: Path, lines: tuple[str, ...], says: str) -> None:
    path = template(tmp_path, *lines)
    with pytest.raises(TemplateError, match=says) as caught:
        WordTemplate(path).render({"name": "<", "names": []}, PROPERTIES)
    assert "模板.docx" in str(caught.value)


def test_a_file_that_is_no_template_is_told_in_chinese(tmp_path: Path) -> None:
    for name, data, says in (
        ("a.docx", b"\xd0\xcf\x11\xe0 an old .doc", "不是 .docx"),
        ("b.docx", packed({"x.txt": b"x"}), "不是 Word 文档"),
        ("c.docx", packed({"[Content_Types].xml": b"<a/>", BODY: b"<w:p>"}), "不是完好"),
        ("d.docx", packed({"[Content_Types].xml": b"<a/>", BODY: "<a>桓".encode("gbk")}), "UTF-8"),
        ("e.docx", packed({"[Content_Types].xml": b"<a/>", BODY: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "完好"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(TemplateError, match=says):
            WordTemplate(tmp_path / name)
    for path, says in ((tmp_path, "是文件夹"), (tmp_path / "none.docx", "没有模板文件")):
        with pytest.raises(TemplateError, match=says):
            WordTemplate(path)
