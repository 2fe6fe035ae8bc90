"""Paper: a PDF with headings, sentences, figures and tables, in whatever script people's names are written.

The one module that knows the PDF library, which is loaded when the first page is made. Noto Sans shows Latin, Greek and
Cyrillic letters; a font for another script is embedded where such letters occur, and only the letters that do.
"""

import logging
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

INK, GREY, LINE, ACCENT = (24, 28, 38), (104, 112, 128), (214, 218, 226), (36, 86, 160)
MARGIN_MM, FOOT_MM = 20.0, 18.0
LINE_MM = 5.2
BASE = "NotoSans[wght].ttf"
CJK = "NotoSansCJKjp-Regular.otf"
# First letter, last letter, font: what the base font does not have. Later ones are tried where earlier ones are not it.
SCRIPTS = (
    (0x0530, 0x058F, "NotoSansArmenian[wght].ttf"),
    (0x0590, 0x05FF, "NotoSansHebrew[wght].ttf"),
    (0xFB1D, 0xFB4F, "NotoSansHebrew[wght].ttf"),
    (0x0600, 0x08FF, "NotoSansArabic[wght].ttf"),
    (0xFB50, 0xFEFC, "NotoSansArabic[wght].ttf"),
    (0x0900, 0x097F, "NotoSansDevanagari[wght].ttf"),
    (0x0980, 0x09FF, "NotoSansBengali[wght].ttf"),
    (0x0A00, 0x0A7F, "NotoSansGurmukhi[wght].ttf"),
    (0x0A80, 0x0AFF, "NotoSansGujarati[wght].ttf"),
    (0x0B00, 0x0B7F, "NotoSansOriya[wght].ttf"),
    (0x0B80, 0x0BFF, "NotoSansTamil[wght].ttf"),
    (0x0C00, 0x0C7F, "NotoSansTelugu[wght].ttf"),
    (0x0C80, 0x0CFF, "NotoSansKannada[wght].ttf"),
    (0x0D00, 0x0D7F, "NotoSansMalayalam[wght].ttf"),
    (0x0D80, 0x0DFF, "NotoSansSinhala[wght].ttf"),
    (0x0E00, 0x0E7F, "NotoSansThai[wght].ttf"),
    (0x0E80, 0x0EFF, "NotoSansLao[wght].ttf"),
    (0x1000, 0x109F, "NotoSansMyanmar[wght].ttf"),
    (0x10A0, 0x10FF, "NotoSansGeorgian[wght].ttf"),
    (0x1100, 0x11FF, CJK),
    (0x1200, 0x139F, "NotoSansEthiopic[wght].ttf"),
    (0x1780, 0x17FF, "NotoSansKhmer[wght].ttf"),
    (0x2190, 0x2BFF, "NotoSansSymbols[wght].ttf"),
    (0x2300, 0x27BF, "NotoEmoji[wght].ttf"),
    (0x2E80, 0xD7FF, CJK),
    (0xF900, 0xFAFF, CJK),
    (0xFE30, 0xFFEF, CJK),
    (0x1F000, 0x1FAFF, "NotoEmoji[wght].ttf"),
    (0x20000, 0x323AF, CJK),
)

Row = Sequence[str]


def font_file(name: str) -> Path:
    """Where a font is. Found without running anything of the packages that bring them."""
    spec = find_spec("noto_cjk_sans_jp_regular" if name == CJK else "manimgx_fonts")
    assert spec is not None, "the fonts are installed with us"
    (folder,) = spec.submodule_search_locations or [""]
    return Path(folder) / name


def fonts_for(text: str, has: Container[int]) -> list[str]:
    """The fonts that a text needs beside one that `has` these letters, in the order in which they are tried."""
    codes = {code for code in map(ord, text) if code not in has}
    wanted = (font for first, last, font in SCRIPTS if any(first <= code <= last for code in codes))
    return list(dict.fromkeys(wanted))


class Paper:
    """A document of A4 pages. `words`: everything that will be written on it, so that its fonts are known."""

    def __init__(self, title: str, made_at: datetime, words: str) -> None:
        self._pdf = _pdf(title, f"{title}{words}", made_at)
        self._pdf.add_page()

    @property
    def width_mm(self) -> float:
        """What can be written on."""
        return float(self._pdf.epw)

    def heading(self, text: str, *, size: float = 12.5, before_mm: float = 6) -> None:
        """A headline; it stays with what follows."""
        if self._pdf.will_page_break(before_mm + 4 * LINE_MM):
            self._pdf.add_page()
        else:
            self._pdf.ln(before_mm)
        with self._bold():
            self._write(text, size=size, height_mm=size * 0.5)
        self._pdf.ln(1)

    def sentence(self, text: str, *, grey: bool = False, size: float = 9.5) -> None:
        """A paragraph."""
        self._write(text, size=size, colour=GREY if grey else INK, height_mm=LINE_MM * size / 9.5)
        self._pdf.ln(0.8)

    def term(self, name: str, text: str) -> None:
        """A name at the side, and what it means beside it."""
        pdf, top, left = self._pdf, self._pdf.get_y(), 38.0
        with self._bold():
            pdf.set_font("base", size=9.5)
            pdf.set_text_color(*INK)
            pdf.multi_cell(left - 3, LINE_MM, name, align="L", new_x="LMARGIN", new_y="NEXT")
        under = pdf.get_y()
        pdf.set_font("base", size=9.5)
        pdf.set_text_color(*INK)
        pdf.set_xy(pdf.l_margin + left, top)
        pdf.multi_cell(self.width_mm - left, LINE_MM, text, align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.set_y(max(under, pdf.get_y()) + 1.2)

    def gap(self, mm: float) -> None:
        """Room."""
        self._pdf.ln(mm)

    def figures(self, pairs: Sequence[tuple[str, str, str]]) -> None:
        """Boxes side by side: a word, a figure, something small below it."""
        pdf, width, left, top = self._pdf, self.width_mm / len(pairs), self._pdf.l_margin, self._pdf.get_y()
        for index, (word, figure, below) in enumerate(pairs):
            for text, size, colour, drop, bold in (
                (word, 8.5, GREY, 0.0, False), (figure, 13.0, ACCENT, 4.6, True), (below, 8.0, GREY, 11.0, False),
            ):  # fmt: skip
                pdf.set_xy(left + index * width, top + drop)
                pdf.set_text_color(*colour)
                pdf.set_font("base", size=fitting(pdf, text, size, width - 2))
                with self._bold(colour) if bold else _plain():
                    pdf.cell(width, 5, text)
        pdf.set_xy(left, top + 16.5)
        self._rule()

    def table(self, head: Row, rows: Sequence[Row], widths: Sequence[int], *, last_bold: bool = False) -> None:
        """Rows below a head that is repeated on every page; columns with an amount stand to the right.

        A head that begins with ">" marks them.
        """
        from fpdf.fonts import FontFace

        pdf, right = self._pdf, [name.startswith(">") for name in head]
        pdf.set_font("base", size=8.5)
        pdf.set_draw_color(*LINE)
        grey = FontFace(color=GREY, size_pt=8)
        aligned = tuple("RIGHT" if each else "LEFT" for each in right)
        with pdf.table(
            col_widths=tuple(widths), text_align=aligned, borders_layout="HORIZONTAL_LINES", line_height=4.6,
            padding=(0.9, 1, 0.9, 1), headings_style=grey, width=self.width_mm,
        ) as table:  # fmt: skip
            table.row([name.removeprefix(">") for name in head])
            for number, row in enumerate(rows):
                is_sum = last_bold and number == len(rows) - 1
                table.row(row, style=FontFace(color=ACCENT) if is_sum else FontFace(color=INK))
        pdf.set_text_color(*INK)

    def output(self) -> bytes:
        """The file."""
        return bytes(self._pdf.output())

    def _write(self, text: str, *, size: float, height_mm: float, colour: tuple[int, int, int] = INK) -> None:
        self._pdf.set_font("base", size=size)
        self._pdf.set_text_color(*colour)
        self._pdf.multi_cell(0, height_mm, text, align="L", new_x="LMARGIN", new_y="NEXT")

    def _rule(self) -> None:
        pdf = self._pdf
        pdf.set_draw_color(*LINE)
        pdf.set_line_width(0.2)
        pdf.line(pdf.l_margin, pdf.get_y(), pdf.l_margin + self.width_mm, pdf.get_y())
        pdf.ln(1)

    @contextmanager
    def _bold(self, colour: tuple[int, int, int] = INK) -> Iterator[None]:
        """Thicker letters, in any script: the font's own outline, drawn around it."""
        with self._pdf.local_context(text_mode="FILL_STROKE", line_width=0.12, draw_color=colour):
            yield


@contextmanager
def _plain() -> Iterator[None]:
    yield


def fitting(pdf: Any, text: str, size: float, width_mm: float) -> float:
    """The size at which a text fits into a width, the one that is wanted at most."""
    pdf.set_font("base", size=size)
    needed = pdf.get_string_width(text)
    return size if needed <= width_mm else size * width_mm / needed


def _pdf(title: str, words: str, made_at: datetime) -> Any:
    """An empty document with its fonts."""
    from fpdf import FPDF

    class Footed(FPDF):
        def footer(self) -> None:
            self.set_y(-FOOT_MM + 4)
            self.set_font("base", size=7.5)
            self.set_text_color(*GREY)
            self.cell(self.epw, 5, f"Page {self.page_no()} of {{nb}} · {title}")

    logging.getLogger("fpdf").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    pdf: FPDF = Footed(format="A4")
    pdf.set_title(title)
    pdf.set_creator("Stipend")
    pdf.set_creation_date(made_at)
    pdf.set_lang("en")
    pdf.set_margins(MARGIN_MM, MARGIN_MM)
    pdf.set_auto_page_break(True, FOOT_MM)
    pdf.add_font("base", fname=font_file(BASE))
    others = fonts_for(words, getattr(pdf.fonts["base"], "cmap"))  # noqa: B009  # only embedded fonts have one
    for name in others:
        pdf.add_font(name.partition("[")[0], fname=font_file(name))
    if others:
        pdf.set_fallback_fonts([name.partition("[")[0] for name in others], exact_match=False)
        pdf.set_text_shaping(True)
    return pdf
