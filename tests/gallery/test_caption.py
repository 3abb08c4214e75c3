"""A caption's parts in their order."""

from gradviz.gallery.caption import Caption


def test_markdown_has_one_paragraph_per_part():
    caption = Caption("It falls.", "Left to right.", "Nothing.", "3 decades.", "Nobody (2000).", "A line.")
    assert caption.markdown().split("\n\n") == [
        "**How to read it.** Left to right.",
        "**What was run.** Nothing.",
        "**Measured.** 3 decades.",
        "**Source.** Nobody (2000).",
    ]
