"""Write `autograder/gradebook/math.css`: a font that knows only where subscripts stand.

A browser takes the place of sub- and superscripts from the font's table of mathematics. Where no
font has one, as on many Linux machines, subscripts stand on the line. This font has no letter but a
space; letters come from other fonts. Fonts for mathematics that are installed go before it.

    python scripts/math-font.py > autograder/gradebook/math.css
"""

from __future__ import annotations

import base64
import io
import sys

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import newTable
from fontTools.ttLib.tables import otTables

EM = 1000
# thousandths of the font's size, about those of Latin Modern Math; what is not named is 0
PLACES = {
    "AxisHeight": 250,
    "SubscriptShiftDown": 210,
    "SubscriptTopMax": 368,
    "SubscriptBaselineDropMin": 160,
    "SuperscriptShiftUp": 360,
    "SuperscriptShiftUpCramped": 252,
    "SuperscriptBottomMin": 120,
    "SuperscriptBaselineDropMax": 230,
    "SubSuperscriptGapMin": 150,
    "SuperscriptBottomMaxWithSubscript": 380,
    "SpaceAfterScript": 40,
}
PERCENT = {"ScriptPercentScaleDown": 70, "ScriptScriptPercentScaleDown": 55}
KNOWN = '"STIX Two Math", "Latin Modern Math", "Cambria Math"'
CSS = """\
/* Where sub- and superscripts stand; made by scripts/math-font.py. */
@font-face {{
  font-family: "gradlab math";
  src: url(data:font/ttf;base64,{data});
}}
msub, msup, msubsup {{ font-family: {known}, "gradlab math", math; }}
mi, mn, mo, mtext, mfrac, msqrt, mroot, mtable, munder, mover, munderover {{
  font-family: {known}, math;
}}
"""


def constants() -> otTables.MathConstants:
    """Return the table's constants."""
    made = otTables.MathConstants()
    for name in [one.name for one in made.getConverters()]:
        if name in ("DelimitedSubFormulaMinHeight", "DisplayOperatorMinHeight"):
            setattr(made, name, 0)
        elif name.endswith(("PercentScaleDown", "RaisePercent")):
            setattr(made, name, PERCENT.get(name, 0))
        else:
            record = otTables.MathValueRecord()
            record.Value = PLACES.get(name, 0)
            setattr(made, name, record)
    return made


def font() -> bytes:
    """Return the font, the same bytes each time."""
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", "space"])
    builder.setupCharacterMap({ord(" "): "space"})
    nothing = TTGlyphPen(None).glyph()
    builder.setupGlyf({".notdef": nothing, "space": nothing})
    builder.setupHorizontalMetrics({".notdef": (250, 0), "space": (250, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "gradlab math", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, sxHeight=450)
    builder.setupPost()
    table = otTables.MATH()
    table.Version = 0x00010000
    table.MathConstants = constants()
    table.MathGlyphInfo = table.MathVariants = None
    made = newTable("MATH")
    made.table = table
    builder.font["MATH"] = made
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.font.save(out)
    return out.getvalue()


def css() -> str:
    """Return the style sheet."""
    return CSS.format(data=base64.b64encode(font()).decode(), known=KNOWN)


if __name__ == "__main__":
    sys.stdout.write(css())
