"""Labels to stick on lamps, covers, stops: a code (QR, ISO/IEC 18004) that opens the report form at that place.

The sheets are those that are sold for printers: 21 labels of 63.5 x 38.1 mm on A4, or 8 of 99.1 x 67.7 mm.
"""

import re
from collections.abc import Sequence

import segno
from fpdf import FPDF
from pylopdf_fonts_zh_cn import sans_path

from services.api.sheet.document import FAMILY, INK, SOFT
from services.api.sheet.values import Format, Label

QUIET = 4
"""Modules of white that a code needs around it (ISO/IEC 18004, 6.3.8)."""
POINT_MM = 0.3528
LEADING = 1.2
_PART = re.compile(r"[!-~]{1,16} ?|.", re.DOTALL)
"""Longer words are broken: an id of a part may be wider than a label."""
HINTS = ("扫码反映问题", "Scan to report a problem")


def write_labels(labels: Sequence[Label], form: Format, title: str) -> bytes:
    """Return the labels as a PDF, as many on a page as the sheet has."""
    pdf = FPDF(format="A4")
    pdf.add_font(FAMILY, "", str(sans_path()))
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(title)
    pdf.set_creator("Wardline")
    on_a_page = form.columns * form.rows
    for place, label in enumerate(labels):
        if place % on_a_page == 0:
            pdf.add_page()
        row, column = divmod(place % on_a_page, form.columns)
        _write(pdf, label, form, form.left_mm + column * form.across_mm, form.top_mm + row * form.down_mm)
    return bytes(pdf.output())


def _write(pdf: FPDF, label: Label, form: Format, x: float, y: float) -> None:
    _draw_code(pdf, label.url, x + 1, y + (form.height_mm - form.code_mm) / 2, form.code_mm)
    left, width = x + form.code_mm + 2, form.width_mm - form.code_mm - 5
    lines = [(form.title_pt, INK, line) for line in _wrap(pdf, label.zh, form.title_pt, width, 3)]
    lines += [(form.text_pt, INK, line) for line in _wrap(pdf, label.en, form.text_pt, width, 3)]
    if label.code:
        lines += [(form.text_pt, SOFT, line) for line in _wrap(pdf, label.code, form.text_pt, width, 2)]
    lines += [(form.text_pt, SOFT, line) for hint in HINTS for line in _wrap(pdf, hint, form.text_pt, width, 2)]
    top = y + (form.height_mm - sum(size for size, _, _ in lines) * POINT_MM * LEADING) / 2
    for size, colour, text in lines:
        pdf.set_font(FAMILY, size=size)
        pdf.set_text_color(*colour)
        top += size * POINT_MM * LEADING
        pdf.text(left, top - size * POINT_MM * 0.2, text)


def _wrap(pdf: FPDF, text: str, size: float, width: float, most: int) -> list[str]:
    """Return the text in lines of that width, `most` of them; what is left out ends in "…". CJK breaks anywhere."""
    pdf.set_font(FAMILY, size=size)
    lines, line = [], ""
    for part in _parts(text):
        if line and pdf.get_string_width((line + part).rstrip()) > width:
            lines.append(line.strip())
            line = ""
        line += part
    lines.append(line.strip())
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][:-1] + "…"]
    return [each for each in lines if each]


def _parts(text: str) -> list[str]:
    """Return what a line may end with: a word with its blank, a number, a character of Chinese."""
    return _PART.findall(text)


def _draw_code(pdf: FPDF, url: str, x: float, y: float, size_mm: float) -> None:
    """Draw the code as rectangles, one for each run of dark modules: sharp at any size, and small."""
    code = segno.make(url, error="m", micro=False)
    matrix = [bytes(row) for row in code.matrix]
    step = size_mm / (len(matrix) + 2 * QUIET)
    pdf.set_fill_color(0, 0, 0)
    for row, modules in enumerate(matrix):
        for start, end in _runs(modules):
            left, top = x + (QUIET + start) * step, y + (QUIET + row) * step
            pdf.rect(left, top, (end - start) * step, step, style="F")


def _runs(modules: bytes) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    start = -1
    for place, module in enumerate([*modules, 0]):
        if module and start < 0:
            start = place
        elif not module and start >= 0:
            runs.append((start, place))
            start = -1
    return runs
