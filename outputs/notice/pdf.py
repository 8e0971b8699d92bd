"""A notice as PDF: its DOCX converted by LibreOffice, where that is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from hege.engine.errors import InputError, Place, Problem
from hege.engine.text import Text

PROGRAMS = ("soffice", "libreoffice")
LONGEST_SECONDS = 180


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
        try:
            ran = subprocess.run(command, capture_output=True, timeout=LONGEST_SECONDS, check=False, text=True)
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


def _refused(code: str, message: Text, hint: Text) -> InputError:
    return InputError([Problem(code=code, place=Place(file="PDF"), message=message, hint=hint)])
