"""Bytes to text by charset. Labels lie, so each means the superset that real mail uses under it.

Only charsets listed here are ever run (SECURITY: utf-7, hz, punycode, unicode_escape and the rest
of Python's codecs are not); any other label is treated as if none were declared.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

from postroom.mail.text.detect import detect
from postroom.mail.text.iso2022 import decode_iso2022_jp

if TYPE_CHECKING:
    from postroom.mail.defects import Defects

_SINGLE: Final = {
    "cp1250": "windows-1250 cp1250 x-cp1250 windows1250 win-1250",
    "cp1251": "windows-1251 cp1251 x-cp1251 windows1251 win-1251 windows-cyrillic",
    "cp1252": "windows-1252 cp1252 x-cp1252 windows1252 win-1252 iso-8859-1 iso8859-1 iso_8859-1 "
    "iso88591 8859-1 latin1 latin-1 l1 ibm819 cp819 x-ansi ansi iso-8859-1-windows-3.1-latin-1",
    "cp1253": "windows-1253 cp1253 x-cp1253 windows1253",
    "cp1254": "windows-1254 cp1254 x-cp1254 windows1254 iso-8859-9 iso8859-9 iso_8859-9 latin5 l5",
    "cp1255": "windows-1255 cp1255 x-cp1255 windows1255 iso-8859-8-i iso-8859-8-e iso-8859-8 "
    "iso8859-8 iso_8859-8 hebrew logical",
    "cp1256": "windows-1256 cp1256 x-cp1256 windows1256",
    "cp1257": "windows-1257 cp1257 x-cp1257 windows1257",
    "cp1258": "windows-1258 cp1258 x-cp1258 windows1258",
    "cp874": "windows-874 cp874 x-windows-874 tis-620 tis620 iso-8859-11 iso8859-11 dos-874",
    "iso8859_2": "iso-8859-2 iso8859-2 iso_8859-2 latin2 latin-2 l2",
    "iso8859_3": "iso-8859-3 iso8859-3 iso_8859-3 latin3 latin-3 l3",
    "iso8859_4": "iso-8859-4 iso8859-4 iso_8859-4 latin4 latin-4 l4",
    "iso8859_5": "iso-8859-5 iso8859-5 iso_8859-5 cyrillic",
    "iso8859_6": "iso-8859-6 iso8859-6 iso_8859-6 iso-8859-6-i iso-8859-6-e arabic asmo-708 "
    "ecma-114",
    "iso8859_7": "iso-8859-7 iso8859-7 iso_8859-7 greek greek8 ecma-118 elot_928",
    "iso8859_10": "iso-8859-10 iso8859-10 iso_8859-10 latin6 latin-6 l6",
    "iso8859_13": "iso-8859-13 iso8859-13 iso_8859-13 latin7 latin-7",
    "iso8859_14": "iso-8859-14 iso8859-14 iso_8859-14 latin8 latin-8 l8 iso-celtic",
    "iso8859_15": "iso-8859-15 iso8859-15 iso_8859-15 iso885915 latin9 latin-9 l9 latin0",
    "iso8859_16": "iso-8859-16 iso8859-16 iso_8859-16 latin10 latin-10 l10",
    "koi8_r": "koi8-r koi8r koi8 koi cskoi8r koi8_r",
    "koi8_u": "koi8-u koi8u koi8-ru koi8_u",
    "cp437": "ibm437 437 dos-437",
    "cp850": "ibm850 850 cp-850 dos-850",
    "cp852": "ibm852 852 cp-852",
    "cp855": "ibm855 855",
    "cp866": "ibm866 866 dos-866 cp-866",
    "cp1125": "ibm1125 ruscii",
    "mac_roman": "macintosh mac x-mac-roman macroman mac-roman x-macintosh",
    "mac_cyrillic": "mac-cyrillic x-mac-cyrillic maccyrillic x-mac-ukrainian",
    "mac_greek": "mac-greek x-mac-greek macgreek",
    "mac_turkish": "mac-turkish x-mac-turkish macturkish",
    "mac_latin2": "mac-latin2 x-mac-ce x-mac-centraleurroman maccentraleurope",
}
"""Codecs of one byte a character, then the labels that stand for them, the usual one first."""

_MULTI: Final = {
    ("utf-8",): "utf-8 utf8 utf_8 unicode-1-1-utf-8 utf-8-mac x-utf-8 cp65001 utf8mb4 unicode utf",
    (
        "gb18030",
    ): "gb18030 gb2312 gb_2312-80 gb2312-80 gbk x-gbk cp936 936 windows-936 ms936 euc-cn "
    "x-euc-cn csgb2312 chinese gb2312_charset gb-2312",
    (
        "big5hkscs",
        "cp950",
    ): "big5 big-5 big5-hkscs big5hkscs cn-big5 x-x-big5 cp950 950 csbig5 big5-eten",
    (
        "cp932",
        "shift_jis_2004",
    ): "shift_jis shift-jis shiftjis sjis s-jis x-sjis ms_kanji windows-31j "
    "cp932 932 csshiftjis ms932",
    ("euc_jp", "euc_jis_2004"): "euc-jp eucjp x-euc-jp x-euc cseucpkdfmtjapanese ujis euc_jp",
    ("cp949",): "ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 ksc5601 ksc_5601 ks-c-5601 korean euc-kr "
    "euckr euc_kr cp949 949 windows-949 uhc ms949 cseuckr csksc56011987",
    ("johab",): "johab cp1361",
    ("utf-16",): "utf-16 utf16 csunicode iso-10646-ucs-2 ucs-2",
    ("utf-16-le",): "utf-16le unicodelittle utf16le",
    ("utf-16-be",): "utf-16be unicodebig utf16be",
    ("utf-32",): "utf-32 utf32 ucs-4 iso-10646-ucs-4",
    ("utf-32-le",): "utf-32le",
    ("utf-32-be",): "utf-32be",
    ("iso-2022-jp",): "iso-2022-jp iso2022-jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 "
    "iso-2022-jp-2004 iso-2022-jp-ms csiso2022jp cp50220 cp50221 cp50222 jis iso_2022-jp",
    ("iso2022_kr",): "iso-2022-kr csiso2022kr iso_2022-kr",
}
"""Codecs to try in turn, then the labels that stand for them."""

_SILENT: Final = (
    "us-ascii ascii us_ascii usascii ansi_x3.4-1968 iso646-us iso-ir-6 646 cp367 ibm367 "
    "iso_646 unknown-8bit x-unknown unknown 8bit 7bit binary default x-user-defined none "
    "x-binary iso-8859 windows us"
)
_UNDECLARED: Final = frozenset(_SILENT.split())
"""Labels that say nothing of bytes beyond ASCII."""

_WIDE: Final = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"})
_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_ESCAPING: Final = frozenset({"iso-2022-jp", "iso2022_kr"})
_WESTERN: Final = "cp1252"
_ACCENTED: Final = bytes(range(0xC0, 0x100))
_PLAIN: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FEW: Final = 12
"""Letters that are too few to judge by."""
_SURE: Final = 0.7
"""How likely another charset must be than the Western one that is declared."""

_tables: dict[str, str] = {}


def _table(name: str) -> str:
    """Return the 256 characters of a single-byte charset; holes are C1 controls (as in WHATWG)."""
    table = _tables.get(name)
    if table is None:
        octets = (bytes((octet,)).decode(name, "replace") for octet in range(256))
        table = "".join(chr(n) if c == "\ufffd" else c for n, c in enumerate(octets))
        _tables[name] = table
    return table


_LABELS: Final[dict[str, tuple[str, ...]]] = (
    dict.fromkeys(("", *_UNDECLARED), ())
    | {label: (name,) for name, labels in _SINGLE.items() for label in (name, *labels.split())}
    | {label: names for names, labels in _MULTI.items() for label in labels.split()}
)


def known_charset(label: str) -> tuple[str, ...]:
    """Return the codecs that a label stands for, best first; empty for one that is not allowed."""
    found = _LABELS.get(label)
    if found is None:
        cleaned = "".join(c for c in label.lower() if c.isalnum() or c in "-_.:+")
        found = _LABELS.get(cleaned) or _LABELS.get(cleaned.removeprefix("x-")) or ()
    return found


def decode(data: bytes, label: str, defects: Defects) -> str:
    """Return data as text, read with the charset that label names ("" for none); never raises.

    A label that is unknown, or that the bytes contradict, is noted and the bytes decide.
    """
    codecs_ = known_charset(label) if label else ()
    if data.isascii() and b"\x1b" not in data and not (codecs_ and codecs_[0] in _WIDE):
        if label and not codecs_ and label.lower() not in _UNDECLARED:
            defects.add("unknown_charset", label[:40])
        return data.decode("ascii")
    if codecs_:
        return _declared(data, codecs_, label, defects)
    if label and label.lower() not in _UNDECLARED:
        defects.add("unknown_charset", label[:40])
    return _guessed(data, defects)


def decode_text(data: bytes, label: str, defects: Defects) -> str:
    """Return data as text of lines that end with a line feed; NUL is replaced. Never raises."""
    if b"\r" not in data:
        text = decode(data, label, defects)
    elif data.startswith(_BOMS) or _WIDE.issuperset(known_charset(label)[:1] or ("",)):
        text = decode(data, label, defects).replace("\r\n", "\n").replace("\r", "\n")
    else:
        lines = b"\n".join(data.splitlines())
        text = decode(lines + b"\n" if data.endswith((b"\n", b"\r")) else lines, label, defects)
    return text.replace("\x00", "\ufffd") if "\x00" in text else text


def _declared(data: bytes, names: tuple[str, ...], label: str, defects: Defects) -> str:
    """Read with the declared charset, unless the bytes plainly are something else."""
    name = names[0]
    if name == "iso-2022-jp":
        return decode_iso2022_jp(data, defects)
    if b"\x1b$" in data and name not in _ESCAPING and name not in _WIDE and data.isascii():
        return _guessed(data, defects)
    if name in _SINGLE:
        if name == _WESTERN and (text := _strict(data, "utf-8")) is not None:
            defects.add("charset_guessed", f"{label} is utf-8")
            return text
        not_western = name == _WESTERN and _is_not_western(data)
        return _guessed(data, defects) if not_western else _mapped(data, name)
    for candidate in names:
        if (text := _strict(data, candidate)) is not None:
            return text.removeprefix("\ufeff")
    return _mended(data, names[0], label, defects)


def _mapped(data: bytes, name: str) -> str:
    """Read with a charset of one byte a character."""
    return codecs.charmap_decode(data, "strict", _table(name))[0]


def _is_not_western(data: bytes) -> bool:
    """Return whether most letters would be accented ones, as in no language of the West."""
    accented = len(data) - len(data.translate(None, _ACCENTED))
    if accented < _FEW:
        return False
    plain = len(data) - len(data.translate(None, _PLAIN))
    if accented <= plain:
        return False
    guess = detect(data)
    return guess.codec != _WESTERN and guess.confidence >= _SURE


def _mended(data: bytes, name: str, label: str, defects: Defects) -> str:
    """Read bytes that do not keep to their charset: the few bad ones replaced, or as another."""
    text = data.decode(name, "replace")
    lost = text.count("\ufffd")
    beyond_ascii = sum(not c.isascii() for c in text) - lost
    if lost <= 1 + beyond_ascii // 4 and beyond_ascii:
        defects.add("bad_charset_data", label[:40])
        return text.removeprefix("\ufeff")
    guess = detect(data)
    if guess.codec == name:
        defects.add("bad_charset_data", label[:40])
        return text
    return _guessed(data, defects)


def _guessed(data: bytes, defects: Defects) -> str:
    """Read bytes whose charset nobody declares; how sure we are of it is noted."""
    guess = detect(data)
    if guess.codec != "ascii":
        label = _SINGLE.get(guess.codec, guess.codec).partition(" ")[0]
        defects.add("charset_guessed", f"{label} {guess.confidence:.2f}")
    if guess.codec == "iso-2022-jp":
        return decode_iso2022_jp(data, defects)
    if guess.codec in _SINGLE:
        return _mapped(data, guess.codec)
    return data.decode(guess.codec, "replace").removeprefix("\ufeff")


def utf8_text(data: bytes) -> str | None:
    """Return the text if data is valid UTF-8, else None."""
    return _strict(data, "utf-8")


def _strict(data: bytes, codec: str) -> str | None:
    """Return the text, or None if the bytes are not of this charset."""
    try:
        return data.decode(codec)
    except UnicodeError:
        return None
