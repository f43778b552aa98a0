"""Texts of users stay texts: in markdown, in HTML, in a spreadsheet, in a terminal."""

import pytest

from recurcast.escaping import in_html, in_markdown, in_spreadsheet, in_terminal


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MW", "MW"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a & &lt;b", "a &amp; &amp;lt;b"),
        ("a|b", r"a\|b"),
        ("[text](javascript:x)", r"\[text\](javascript:x)"),
        ("![](http://x)", r"!\[\](http://x)"),
        ("**a** _b_ `c` ~~d~~ #e \\", r"\*\*a\*\* \_b\_ \`c\` \~\~d\~\~ \#e \\"),
        ("one\n\n# two\n| three", r"one \# two \| three"),
        ("- a", r"\- a"),
        ("--- ", r"\---"),
        ("1. a", r"1\. a"),
        ("2) a", r"2\) a"),
    ],
)
def test_nothing_in_a_text_is_markdown_or_html(text: str, said: str) -> None:
    assert in_markdown(text) == said


def test_plotly_reads_no_tag() -> None:
    assert in_html('<a href="x">y</a> & z') == '&lt;a href="x"&gt;y&lt;/a&gt; &amp; z'


@pytest.mark.parametrize("text", ["=1+1", "+1", "-a", "@x", "\t=1", "\ra", "\na", "＝1", "'=1", "''=1"])
def test_what_a_spreadsheet_would_evaluate_begins_with_an_apostrophe(text: str) -> None:
    assert in_spreadsheet(text) == f"'{text}"


@pytest.mark.parametrize("text", ["a", "a=b", "", "'a", "1", " =1"])
def test_any_other_text_stays_as_it_is_in_a_spreadsheet(text: str) -> None:
    assert in_spreadsheet(text) == text


def test_a_terminal_is_not_steered() -> None:
    assert in_terminal("a\x1b[31mb\x07\r\u202ec\té\n") == "a\\x1b[31mb\\x07\\r\\u202ec\té\n"
