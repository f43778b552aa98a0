"""Write the pages of docs/ that come from the code: `make docs`."""

import sys
from pathlib import Path

from from_code.command_line import command_line_page
from from_code.configuration import configuration_page

FOLDER = Path(__file__).parent
PAGES = {"configuration.md": configuration_page, "command_line.md": command_line_page}


def main() -> None:
    """Write the pages, and say which changed."""
    for name, page in PAGES.items():
        path, text = FOLDER / name, page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name} was written anew\n")


if __name__ == "__main__":
    main()
