"""A Markdown page as sections: what a reader could hold against the same page in another language.

Known are the forms that this project's pages use: headings with #, fenced code, tables, inline code, inline links.
"""

import re
from dataclasses import dataclass, field

# 1 085, 0.96, 1.22.1 are one figure each; 2026-11-22 is three
FIGURE = re.compile(r"\d+(?: \d{3})*(?!\d)(?:\.\d+)*|\d+")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
COMMENT = re.compile(r"(?:^|\s+)#.*$")


@dataclass
class Block:
    """Fenced code; without a language it is a picture."""
    language: str
    lines: list

    def commands(self):
        stripped = (COMMENT.sub("", line) if self.language == "sh" else line for line in self.lines)
        return [line for line in stripped if line.strip()]

    def folders(self):
        return sorted(set(re.findall(r"\b[a-z]+/(?=\s)", "\n".join(self.lines))))


@dataclass
class Section:
    level: int
    title: str
    prose: list = field(default_factory=list)  # lines
    blocks: list = field(default_factory=list)
    tables: list = field(default_factory=list)  # of rows of cells, without head and rule

    def heading(self):
        return "#" * self.level + " " + self.title

    def text(self):
        return "\n".join(self.prose)

    def links(self):
        return LINK.findall("\n".join(self.prose + [cell for row in self.rows() for cell in row]))

    def code(self):
        cells = [name for row in self.rows() for cell in row for name in CODE.findall(cell)]
        return {" ".join(name.split()) for name in CODE.findall(self.text()) + cells}

    def figures(self):
        return figures(LINK.sub("]", CODE.sub("", self.text())))

    def rows(self):
        return [row for table in self.tables for row in table]

    def marks(self):
        """What stands in it in whatever language."""
        cells = [cell for row in self.rows() for cell in row]
        commands = {line for block in self.blocks if block.language for line in block.commands()}
        return self.code() | commands | set(self.links()) | set(figures(" ".join(cells + self.prose)))


def figures(text):
    return sorted(FIGURE.findall(text))


def cells_of(line):
    return [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def anchor(title):
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def read(text):
    """The page's sections in order. What stands before the first heading is in none."""
    sections, block, has_table = [], None, False
    for line in text.splitlines():
        if line.startswith("```"):
            block = None if block is not None else Block(line[3:].strip(), [])
            if block is not None:
                sections[-1].blocks.append(block)
        elif block is not None:
            block.lines.append(line)
        elif heading := re.fullmatch(r"(#+) (.*)", line):
            sections.append(Section(len(heading[1]), heading[2]))
        elif line.startswith("|"):
            if not has_table:
                sections[-1].tables.append([])
            elif not re.fullmatch(r"[|\s:-]+", line):
                sections[-1].tables[-1].append(cells_of(line))
        else:
            sections[-1].prose.append(line)
        has_table = line.startswith("|")
    return sections
