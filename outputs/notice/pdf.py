"""A notice as PDF: its DOCX converted by LibreOffice, where that is installed.

Fonts that are not there are replaced by the nearest that are, in the Chinese form of their characters: LibreOffice asks
fontconfig, which is told so for this one run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from hege.engine.errors import InputError, Place, Problem
from hege.engine.text import Text
from hege.outputs.notice.typefaces import INSTEAD

PROGRAMS = ("soffice", "libreoffice")
LONGEST_SECONDS = 180
_SYSTEM_FONTS = "/etc/fonts/fonts.conf"


def to_pdf(docx: bytes) -> bytes:
    """The same pages as PDF; raises InputError where LibreOffice is missing or cannot do it."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise _refused(
            "no-libreoffice",
            Text(zh="没有安装LibreOffice，不能生成PDF", en="LibreOffice is not installed; no PDF can be made"),
            Text(
                zh="安装LibreOffice（soffice命令），或用--format docx生成后自行转换",
                en="install LibreOffice (the soffice command), or make a DOCX with --format docx and convert that",
            ),
        )
    with tempfile.TemporaryDirectory(prefix="hege-pdf-") as folder:
        source = Path(folder, "notice.docx")
        source.write_bytes(docx)
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        command = [program, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(source)]
        fonts = Path(folder, "fonts.conf")
        fonts.write_text(_fonts(), encoding="utf-8")
        environment = os.environ | {"FONTCONFIG_FILE": str(fonts)}
        try:
            ran = subprocess.run(
                command, capture_output=True, timeout=LONGEST_SECONDS, check=False, text=True, env=environment
            )
            said = ran.stderr.strip()[-300:]
        except subprocess.TimeoutExpired:
            said = f"> {LONGEST_SECONDS} s"
        made = Path(folder, "notice.pdf")
        if made.is_file():
            return made.read_bytes()
    raise _refused(
        "pdf",
        Text(zh=f"LibreOffice没有生成PDF：{said}", en=f"LibreOffice made no PDF: {said}"),
        Text(zh="用--format docx生成后自行转换", en="make a DOCX with --format docx and convert that"),
    )


def _fonts() -> str:
    """What fontconfig is told: its own files as before, and which fonts stand in for those of a notice."""
    aliases = "".join(
        f'<alias binding="same"><family>{escape(font)}</family><prefer>'
        f"{''.join(f'<family>{escape(other)}</family>' for other in instead)}</prefer></alias>"
        for font, instead in INSTEAD.items()
    )
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n'
        f'<fontconfig><include ignore_missing="yes">{_SYSTEM_FONTS}</include>{aliases}</fontconfig>\n'
    )


def _refused(code: str, message: Text, hint: Text) -> InputError:
    return InputError([Problem(code=code, place=Place(file="PDF"), message=message, hint=hint)])
