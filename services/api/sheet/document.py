"""A case sheet as PDF (A4): what it is, where, by when, whose, and what has happened, with its pictures.

The typeface is Noto Sans SC, embedded in the file with the characters that are used: a sheet looks alike on every
printer, also where nobody has a Chinese font.
"""

from functools import partial

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from pylopdf_fonts_zh_cn import sans_path

from services.api.sheet.values import PICTURES_MAX, Sheet
from services.api.sheet.words import LABELS

FAMILY = "sheet"
PICTURE_MM = 58.0
MARGIN_MM = 15.0
LABEL_MM = 26.0
LINE_MM = 5.6
INK, SOFT, RULE = (20, 26, 33), (95, 107, 120), (205, 212, 219)


def write_pdf(sheet: Sheet) -> bytes:
    """Return the sheet as a PDF."""
    pdf = _Paper(sheet)
    pdf.add_page()
    _write_rows(pdf, sheet)
    if sheet.words:
        _write_words(pdf, sheet)
    if sheet.pictures:
        _write_pictures(pdf, sheet)
    _write_story(pdf, sheet)
    return bytes(pdf.output())


def _say(sheet: Sheet, key: str) -> str:
    names = LABELS[key]
    return names.zh if sheet.language == "zh" else names.en


class _Paper(FPDF):
    """A4 with our head and foot on every page."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(format="A4")
        self.sheet = sheet
        self.add_font(FAMILY, "", str(sans_path()))
        self.set_margins(MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=18)
        self.alias_nb_pages()
        self.set_title(f"{_say(sheet, 'title')} {sheet.number}")
        self.set_lang("zh-CN" if sheet.language == "zh" else "en")
        self.set_creator("Wardline")

    def header(self) -> None:
        """Write the city and the case's number; the first page has the headline beside it."""
        self.ink(9, SOFT)
        self.cell(w=self.epw / 2, text=f"{self.sheet.city} · {_say(self.sheet, 'title')}")
        self.cell(w=self.epw / 2, text=self.sheet.number, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(self.get_y() + 5)
        self.rule()
        if self.page_no() == 1:
            self.ink(18, INK)
            self.set_y(self.get_y() + 3)
            self.multi_cell(w=self.epw, h=9, text=self.sheet.headline, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(self.get_y() + 3)

    def footer(self) -> None:
        """Write who printed it and the page."""
        self.set_y(-13)
        self.rule()
        self.ink(8, SOFT)
        page = _say(self.sheet, "page").format(n=self.page_no(), all="{nb}")
        self.cell(w=self.epw / 2, h=8, text=self.sheet.printed)
        self.cell(w=self.epw / 2, h=8, text=page, align="R")

    def ink(self, size: float, colour: tuple[int, int, int]) -> None:
        self.set_font(FAMILY, size=size)
        self.set_text_color(*colour)

    def rule(self) -> None:
        self.set_draw_color(*RULE)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())

    def heading(self, text: str) -> None:
        if self.will_page_break(20):
            self.add_page()
        self.set_y(self.get_y() + 4)
        self.ink(11, SOFT)
        self.cell(w=self.epw, h=7, text=text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.rule()
        self.set_y(self.get_y() + 2)


def _write_rows(pdf: _Paper, sheet: Sheet) -> None:
    """Write heading and value in two columns; a long value takes as many lines as it needs."""
    width = pdf.epw / 2
    for left, right in zip(sheet.rows[::2], (*sheet.rows[1::2], None), strict=False):
        top = pdf.get_y()
        bottoms = []
        for place, row in enumerate((left, right)):
            if row is None:
                continue
            pdf.set_xy(pdf.l_margin + place * width, top)
            pdf.ink(9, SOFT)
            pdf.cell(w=LABEL_MM, h=LINE_MM, text=row.label)
            pdf.ink(10.5, INK)
            pdf.multi_cell(w=width - LABEL_MM - 3, h=LINE_MM, text=row.value, align="L", new_y=YPos.NEXT)
            bottoms.append(pdf.get_y())
        pdf.set_xy(pdf.l_margin, max(bottoms) + 0.8)


def _write_words(pdf: _Paper, sheet: Sheet) -> None:
    pdf.heading(_say(sheet, "words"))
    pdf.ink(10.5, INK)
    pdf.multi_cell(w=pdf.epw, h=LINE_MM, text=sheet.words, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _write_pictures(pdf: _Paper, sheet: Sheet) -> None:
    pdf.heading(_say(sheet, "pictures"))
    height = PICTURE_MM * 0.75
    for place, picture in enumerate(sheet.pictures[:PICTURES_MAX]):
        column = place % 3
        if column == 0 and pdf.will_page_break(height + 3):
            pdf.add_page()
        top = pdf.get_y()
        show = partial(
            pdf.image, str(picture), keep_aspect_ratio=True, alt_text=f"{_say(sheet, 'pictures')} {place + 1}"
        )
        show(x=pdf.l_margin + column * (PICTURE_MM + 3), y=top, w=PICTURE_MM, h=height)
        is_last = place == len(sheet.pictures[:PICTURES_MAX]) - 1
        pdf.set_y(top + height + 3 if column == 2 or is_last else top)


def _write_story(pdf: _Paper, sheet: Sheet) -> None:
    pdf.heading(_say(sheet, "story"))
    if sheet.story_cut:
        pdf.ink(9, SOFT)
        pdf.cell(w=pdf.epw, h=6, text=sheet.story_cut, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    for line in sheet.story:
        pdf.ink(9, SOFT)
        pdf.cell(w=34, h=LINE_MM, text=line.at)
        pdf.ink(10, INK)
        pdf.multi_cell(w=pdf.epw - 34, h=LINE_MM, text=line.text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        if line.quote:
            pdf.set_x(pdf.l_margin + 34)
            pdf.ink(9, SOFT)
            pdf.multi_cell(w=pdf.epw - 34, h=5, text=line.quote, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
