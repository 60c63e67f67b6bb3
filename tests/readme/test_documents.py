"""What the documents in deploy/ say can be held against the tree: links, settings, metrics, routes, figures."""

import pathlib
import re

import pytest

import markdown_page

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ("deploy/OPERATING.md", "deploy/REVIEW.zh.md")
SERVICE = "".join(path.read_text() for path in sorted((ROOT / "service").glob("*.[ch]")))
METRIC = r"\b(?:promogate|process)_[a-z_]+"
METRICS = set(re.findall(METRIC, SERVICE))
ROUTES = re.findall(r"(?m)^  (/\S+):$", (ROOT / "deploy/openapi.yaml").read_text())

each_page = pytest.mark.parametrize("page", PAGES)


def text(page):
    return (ROOT / page).read_text()


def settings():
    table = re.search(r"<!-- settings -->\n(.*?)<!-- /settings -->", text("README.md"), re.S)[1]
    return {cells[0].strip("`"): cells[1] for cells in map(markdown_page.cells_of, table.splitlines()[2:])}


def section_of(target):
    """The text of a file, or of the section that the link's anchor names."""
    path, _, anchor = target.partition("#")
    whole = text(path)
    if not anchor:
        return whole
    for heading in re.finditer(r"(?m)^(#+) (.*)$", whole):
        if markdown_page.anchor(heading[2]) == anchor:
            end = re.search(rf"(?m)^#{{1,{len(heading[1])}}} ", whole[heading.end():])
            return whole[heading.end():][:end.start() if end else None]
    return None


def resolved(page, link):
    """The link's target, from the repository's top."""
    path, hash_mark, anchor = link.partition("#")
    name = (ROOT / page).parent.joinpath(path).resolve().relative_to(ROOT) if path else pathlib.Path(page)
    return f"{name}{hash_mark}{anchor}"


def links(page):
    return [resolved(page, link) for link in markdown_page.LINK.findall(text(page)) if "://" not in link]


@each_page
def test_every_link_leads_somewhere(page):
    missing = [link for link in links(page) if not (ROOT / link.partition("#")[0]).exists()]
    assert links(page) and not missing
    assert not [link for link in links(page) if "#" in link and section_of(link) is None]


@each_page
def test_every_test_and_file_named_exists(page):
    named = re.findall(r"`((?:\w+/)+[\w-]+\.(?:py|sh|[ch]))`", text(page))
    assert not [name for name in named if not (ROOT / name).exists() and not (ROOT / "tests" / name).exists()]


@each_page
def test_every_setting_named_is_one(page):
    groups = {name.split(".")[0] for name in settings() if "." in name}
    named = set(re.findall(rf"`((?:{'|'.join(groups)})\.[a-z_]+)", text(page)))
    assert named and not named - settings().keys()


@each_page
def test_every_default_told_is_the_settings(page):
    told = re.findall(r"(?m)^\| `([\w.]+)` \| (`[^`]*`) \|", text(page))
    wrong = [(name, value, settings()[name]) for name, value in told if settings().get(name, value) != value]
    assert told and not wrong


@each_page
def test_every_metric_named_is_told_by_the_gateway(page):
    named = set(re.findall(METRIC, text(page)))
    assert named and not {re.sub("_(bucket|sum|count)$", "", name) for name in named} - METRICS


@each_page
def test_every_route_named_is_in_the_openapi_file(page):
    named = set(re.findall(r"`(?:GET |POST |PUT )?(/(?:v1/|admin/|livez|readyz|startupz|metrics)[^`\s?]*)", text(page)))
    assert named and not named - {*ROUTES, "/admin/", "/v1/"}


@each_page
def test_every_figure_stands_in_the_page_that_is_named_as_its_source(page):
    """Tables whose last column is a source: each figure of the column before it is a figure of that section."""
    rows = [row for section in markdown_page.read(text(page)) for row in section.rows()]
    judged, strangers = 0, []
    for what, figures, source in [row for row in rows if len(row) == 3]:
        link = re.fullmatch(r"\[[^\]]+\]\(([^)]+\.md[^)]*)\)", source)
        if link:
            stated = set(markdown_page.figures(figures))
            judged += len(stated)
            known = markdown_page.figures(section_of(resolved(page, link[1])) or "")
            strangers += [f"{what}: {figure} is not in {link[1]}" for figure in sorted(stated.difference(known))]
    assert judged and not strangers, "\n" + "\n".join(strangers)


def test_every_ceiling_that_can_be_set_has_its_row_in_operating():
    ceilings = {name for name in settings() if name.startswith("limits.") or "_max" in name}
    told = set(re.findall(r"(?m)^\| `([\w.]+)` \|", text("deploy/OPERATING.md")))
    assert ceilings and not ceilings - told
