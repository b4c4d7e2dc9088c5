"""What of our sources does not travel."""

import pytest

from courseapp.web.comments import without_comments


@pytest.mark.parametrize(
    ("suffix", "text", "sent"),
    [
        (".js", "// Why.\nlet a = 1;\n  // And why that.\n  let b = 2;\n", "let a = 1;\n  let b = 2;\n"),
        (".js", "/** What\n * it is. */\nlet a = 1;\n  /** Too. */\nlet b = 2;\n", "let a = 1;\nlet b = 2;\n"),
        (".js", 'let a = "http://x"; // beside\n', 'let a = "http://x"; // beside\n'),
        (".js", "/* one */ let a = 1;\nlet b; /* two\n*/\n", "/* one */ let a = 1;\nlet b; /* two\n*/\n"),
        (".js", "let a = b /\n  /x/.length;\n", "let a = b /\n  /x/.length;\n"),
        (".css", "/* Ground. */\n.a { top: 0; } /* here */\n", ".a { top: 0; } /* here */\n"),
        (".css", "/* Two\n   lines */\n.a {}\n/* and */\n", ".a {}\n"),
        (".css", '.a::before { content:\n"//"; }\n', '.a::before { content:\n"//"; }\n'),
    ],
)
def test_only_lines_that_are_comments_are_left_out(suffix: str, text: str, sent: str) -> None:
    assert without_comments(text, suffix) == sent
