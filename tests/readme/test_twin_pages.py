"""The judge of twin pages, judged: what is out of step is found, and named."""

import pytest

import markdown_page
import twin_pages

ENGLISH = """# gate

**Which offers?** Answers in 1.8 us, see [Measured](#measured).

```
 cache/   snapshot
```

## Start

`bin/start` prints the `pid`; [notes](docs/notes.md) tell why.

```sh
bin/start --port 8080     # until Ctrl-C
```

## Measured

2026-11-22, 2 cores:

| what | measured | goal | |
|---|---|---|---|
| a decision | 190 ns | 250 ns | ok |
| 10 000 policies | 1 085 ms | 1 s | short |
"""
CHINESE = """# gate

**哪些优惠？** 1.8 us 作答，见[实测](#实测)。

```
 cache/   快照
```

## 启动

`bin/start` 打印 `pid`；原因见[说明](docs/notes.md)。

```sh
bin/start --port 8080     # 直到 Ctrl-C
```

## 实测

2026-11-22，2 个核：

| 项目 | 实测 | 目标 | |
|---|---|---|---|
| 一次决策 | 190 ns | 250 ns | 达标 |
| 10 000 条策略 | 1 085 ms | 1 s | 未达标 |
"""
JUDGES = (twin_pages.headings, twin_pages.commands, twin_pages.tables, twin_pages.figures, twin_pages.names,
          twin_pages.links)


def pages(chinese):
    read = markdown_page.read
    return twin_pages.Pages(("EN", "ZH"), read(ENGLISH), read(chinese), {"ok": "达标"})


def test_twins_have_no_difference():
    assert [judge(pages(CHINESE)) for judge in JUDGES] == [[]] * len(JUDGES)


@pytest.mark.parametrize("judge, there, planted, told", [
    (twin_pages.headings, "## 启动", "### 启动", "EN has the section ## Start, ZH has none"),
    (twin_pages.headings, "## 实测", "## 新增\n\n`x`\n\n## 实测", "ZH has the section ## 新增, EN has none"),
    (twin_pages.commands, "--port 8080", "--port 8081", "## Start: code block 1: EN has bin/start --port"),
    (twin_pages.commands, "```sh\n", "```json\n", "EN has one of sh, ZH has one of json"),
    (twin_pages.commands, "```sh\nbin/start --port 8080     # 直到 Ctrl-C\n```", "", "one of sh, ZH has None"),
    (twin_pages.commands, " cache/ ", " caches/ ", "# gate: picture 1: EN has ['cache/'], ZH has ['caches/']"),
    (twin_pages.tables, "190 ns", "191 ns", "## Measured: table 1, row 'a decision' ('一次决策'): EN has ['190 ns'"),
    (twin_pages.tables, "1 085 ms", "1 86 ms", "ZH has ['1 86 ms'"),
    (twin_pages.tables, "| 达标 |", "| 未达标 |", "EN has ['ok'], ZH has ['未达标']"),
    (twin_pages.tables, "| 未达标 |", "| 达标 |", "EN has ['short'], ZH has ['达标']"),
    (twin_pages.tables, "| 一次决策 | 190 ns | 250 ns | 达标 |\n", "", "rows of table 1: EN has 2, ZH has 1"),
    (twin_pages.figures, "1.8 us", "1.9 us", "# gate: figures of the text: EN has ['1.8'], ZH has ['1.9']"),
    (twin_pages.names, "`pid`", "pid", "## Start: inline code: EN has ['pid'], ZH has [] instead"),
    (twin_pages.links, "docs/notes.md", "docs/other.md", "EN has ['docs/notes.md'], ZH has ['docs/"),
    (twin_pages.links, "(#实测)", "(#启动)", "links: EN has ['section Measured'], ZH has ['section Start'] instead"),
    (twin_pages.links, "(#实测)", "(#测)", "EN has ['section Measured'], ZH has ['#测'] instead"),
])
def test_what_is_out_of_step_is_named(judge, there, planted, told):
    chinese = CHINESE.replace(there, planted, 1)
    assert chinese != CHINESE
    assert told in "\n".join(judge(pages(chinese)))


def test_a_section_that_was_added_makes_no_other_look_wrong():
    added = pages(CHINESE.replace("## 启动", "## 新增\n\n`x` 9\n\n## 启动"))
    assert len(twin_pages.headings(added)) == 1
    assert not [line for judge in JUDGES[1:] for line in judge(added)]


ROW = ["`settle_ms`", "`500`", "0 to 60000 ms", "at once", "quiet"]
TWIN = ["`settle_ms`", "`500`", "0 to 60000 ms", "立即", "安静"]


@pytest.mark.parametrize("rows, told", [
    ([], "`settle_ms` stands in EN only"),
    ([TWIN, ["`other`", *TWIN[1:]]], "`other` stands in ZH only"),
    ([[TWIN[0], "`501`", *TWIN[2:]]], "`settle_ms`: ZH has ['`501`'"),
    ([[*TWIN[:2], "0 to 6 ms", *TWIN[3:]]], "0 to 6 ms"),
    ([[*TWIN[:3], "下次启动", TWIN[4]]], "it should be ['`500`', '0 to 60000 ms', '立即']"),
])
def test_a_setting_that_differs_is_named(rows, told):
    words = {"at once": "立即"}
    assert twin_pages.settings(("EN", "ZH"), [ROW], [TWIN], words) == []
    assert told in "\n".join(twin_pages.settings(("EN", "ZH"), [ROW], rows, words))
