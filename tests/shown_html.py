"""What a parser reads from the HTML of a view: its tags, its attributes and its text."""

from html.parser import HTMLParser

from hypothesis import strategies as st

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</bdi></td><img src=x onerror=y>",
        '"',
        "'",
        "&amp;",
        "<!--",
        "]]>",
        "\0",
        "\x1b[31m",
    ]
)


class ShownHtml(HTMLParser):
    """The tags that open, in their order, every attribute, and the text of each element by its tag."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts, self._open = [], [], [], []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self._open.append(tag)
        self.texts.append([tag, ""])

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts[-1][1] += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl):
        raise AssertionError(f"a declaration: {decl}")

    @property
    def text(self):
        return "".join(text for _, text in self.texts)


ALLOWED = {"div", "table", "caption", "tbody", "tr", "th", "td", "bdi", "p", "pre", "details", "summary"}
STYLES = {
    "text-align: left; font-weight: bold",
    "text-align: left; vertical-align: top; padding-right: 1em",
    "text-align: left; vertical-align: top; overflow-wrap: anywhere",
    "overflow-x: auto; padding-bottom: 0.3em",
}


def is_harmless(html):
    """Whether it has only the tags and attributes that a view writes itself."""
    shown = ShownHtml(html)
    attributes = {("scope", "row"), ("tabindex", "0"), *(("style", style) for style in STYLES)}
    return set(shown.tags) <= ALLOWED and set(shown.attributes) <= attributes
