"""README.zh-CN.md says the same as README.md: commands, settings, sections, figures, names and links agree."""

import pathlib
import re

import markdown_page
import twin_pages

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ("README.md", "README.zh-CN.md")
TEXTS = tuple((ROOT / name).read_text() for name in NAMES)
WORDS = {"ok": "达标"}
WHEN = {"at once": "立即", "at the next start": "下次启动"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def without_settings(text):
    return re.sub(r"<!-- settings -->\n.*?<!-- /settings -->", "", text, flags=re.S)


def pages():
    left, right = (markdown_page.read(without_settings(text)) for text in TEXTS)
    return twin_pages.Pages(NAMES, left, right, WORDS)


def settings(text):
    rows = re.search(r"<!-- settings -->\n(.*?)<!-- /settings -->", text, re.S)[1].splitlines()[2:]
    return [markdown_page.cells_of(row) for row in rows]


def none(differences):
    assert not differences, "\n" + "\n".join(differences)


def test_the_sections_are_the_same():
    none(twin_pages.headings(pages()))


def test_the_commands_are_the_same():
    none(twin_pages.commands(pages()))


def test_the_settings_their_defaults_and_ranges_are_the_same():
    none(twin_pages.settings(NAMES, *map(settings, TEXTS), WHEN))


def test_every_setting_is_explained_in_chinese():
    none([row[0] for row in settings(TEXTS[1]) if not CHINESE.search(row[4])])


def test_the_tables_have_the_same_figures():
    none(twin_pages.tables(pages()))


def test_the_text_has_the_same_figures():
    none(twin_pages.figures(pages()))


def test_the_text_names_the_same_things():
    none(twin_pages.names(pages()))


def test_the_links_are_the_same():
    none(twin_pages.links(pages()))


def test_each_links_to_the_other_at_its_top():
    for text, other in zip(TEXTS, reversed(NAMES)):
        assert f"]({other})" in text[:text.index("\n## ")], f"no link to {other} above the first section"


def test_every_section_is_written_in_chinese():
    none([one.heading() for one in markdown_page.read(TEXTS[1]) if not CHINESE.search(one.text())])
