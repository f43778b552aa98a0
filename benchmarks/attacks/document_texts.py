"""Mutations of the text of `prefect.yaml`: what only a parser sees."""

from collections.abc import Callable
from random import Random

import yaml

from attacks.documents import document
from attacks.texts import damaged

_TAGS = (
    "!!python/object/apply:os.system ['true']",
    "!!binary x",
    "!!set {a}",
    "!unknown x",
    "!!float x",
    "!!int 1_0:60",
    "!!omap [a: 1]",
)


def broken(draw: Random) -> tuple[str, bytes]:
    """Return what was done, and the bytes of a document whose text was changed."""
    text = yaml.safe_dump(document(draw), sort_keys=False)
    how = draw.choice((*_TEXTS, *_LINES))
    return how.__name__.strip("_").replace("_", " "), how(text, draw)


def _laughing(text: str, draw: Random) -> bytes:
    """Anchors that each hold ten of the one before."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    deep = draw.choice((3, 6, 9, 30))
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, deep)]
    where = draw.choice(("description: {}", "parameters: {{pipeline: {}}}", "source: {}", "levels: {}"))
    inside = f"deployments: [{{name: demand, entrypoint: 'a:b', {where.format(f'*a{deep - 1}')}}}]\n"
    return ("\n".join(lines) + "\n" + inside + (text if draw.random() < 0.3 else "")).encode()


def _merging(text: str, draw: Random) -> bytes:
    """Merge keys of odd things, and of each other."""
    merged = draw.choice(
        ("*m", "[*m, *m]", "5", "[5]", "[[*m]]", "null", "{<<: {<<: *m}}", "[*m, {<<: [*m]}]", "*nowhere")
    )
    chain = (
        "".join(f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}], k{n}: 1}}\n" for n in range(1, draw.choice((1, 12, 22))))
        if draw.random() < 0.5
        else ""
    )
    return f"m: &m {{a: 1}}\nm0: &m0 {{b: 1}}\n{chain}x:\n  <<: {merged}\n{text}".encode()


def _recursive(text: str, draw: Random) -> bytes:
    """An anchor that holds itself."""
    return (
        draw.choice(("self: &s [*s]\n", "self: &s {a: *s}\n", "self: &s {<<: *s}\n", "deployments: &s [*s]\n")) + text
    ).encode()


def _deep(text: str, draw: Random) -> bytes:
    number = draw.choice((100, 990, 5_000, 100_000))
    opened, closed = draw.choice((("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("!!seq [", "]")))
    return (text + "deep: " + opened * number + closed * number + "\n").encode()


def _long(text: str, draw: Random) -> bytes:
    extra = draw.choice(
        ("k: [" + "1, " * 500_000 + "1]", "k: " + "x" * 3_000_000, "x" * 2_000 + ": 1", "- " * 500, "#" * 2_000_000)
    )
    return (text + extra + "\n").encode()


def _tagged(text: str, draw: Random) -> bytes:
    lines = text.splitlines()
    at = draw.randrange(len(lines))
    lines[at] = lines[at].partition(":")[0] + ": " + draw.choice(_TAGS)
    return "\n".join(lines).encode()


def _several(text: str, draw: Random) -> bytes:
    return draw.choice(
        (
            f"{text}---\n{text}",
            f"%YAML 9.9\n---\n{text}",
            f"---\n...\n{text}",
            f"{text}...\nx",
            f"%TAG ! !x\n---\n{text}",
        )
    ).encode()


def _encoded(text: str, draw: Random) -> bytes:
    return text.encode(draw.choice(("utf-16", "utf-32", "utf-8-sig", "cp500", "utf-16-le")))


def _small(_: str, draw: Random) -> bytes:
    return draw.choice(
        (
            b"",
            b"\n",
            b"# nothing\n",
            b"[]",
            b"5",
            b"x",
            b"null",
            b"deployments:\n",
            b"deployments: {}\n",
            b"deployments: [5]\n",
            b"\t",
            b"deployments: [[]]",
            b"--- !!map",
            b"? [a]\n: b\n",
            b"{deployments: [{name: x}]}",
            b"2024-01-01: 1",
        )
    )


def _damaged(text: str, draw: Random) -> bytes:
    return damaged(text.encode(), draw)


def _line_gone(text: str, draw: Random) -> bytes:
    lines = text.splitlines()
    del lines[draw.randrange(len(lines))]
    return "\n".join(lines).encode()


def _line_twice(text: str, draw: Random) -> bytes:
    lines = text.splitlines()
    at = draw.randrange(len(lines))
    lines.insert(draw.choice((at, draw.randrange(len(lines)))), lines[at])
    return "\n".join(lines).encode()


def _line_moved(text: str, draw: Random) -> bytes:
    lines = text.splitlines()
    at = draw.randrange(len(lines))
    lines[at] = (
        draw.choice((" ", "\t", "    ", "- ", "&a ", "*a ", "!x ", "'", '"', "%", "@", "`", "? ", "| ")) + lines[at]
    )
    return "\n".join(lines).encode()


def _sign_changed(text: str, draw: Random) -> bytes:
    at = draw.randrange(len(text))
    return (
        text[:at]
        + draw.choice((":", "-", "[", "{", "}", "#", "&", "*", "\\", "\x07", "\u2028", "é", ",", "'"))
        + text[at + 1 :]
    ).encode()


_TEXTS: tuple[Callable[[str, Random], bytes], ...] = (
    _laughing,
    _merging,
    _recursive,
    _deep,
    _long,
    _tagged,
    _several,
    _encoded,
    _small,
)
_LINES: tuple[Callable[[str, Random], bytes], ...] = (_damaged, _line_gone, _line_twice, _line_moved, _sign_changed)
