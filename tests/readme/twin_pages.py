"""One page in two languages: where they are out of step, each difference a sentence that says what to mend.

Sections are paired by what stands in them in whatever language (commands, inline code, links, figures), so that one
that was added to a page is told as such and does not make all behind it look wrong.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest

import markdown_page


@dataclass
class Pages:
    names: tuple  # of the files, for sentences
    left: list
    right: list
    words: dict  # of the left page's cells that have a fixed form in the right one

    def __post_init__(self):
        self.pairs = pair(self.left, self.right)

    def sections(self):
        return [(self.left[i], self.right[j]) for i, j in self.pairs]

    def say(self, section, what, left, right):
        return f"{section.heading()}: {what}: {self.names[0]} has {left}, {self.names[1]} has {right}"


def likeness(left, right):
    if left.level != right.level:
        return 0
    ours, theirs = left.marks(), right.marks()
    return (len(ours & theirs) + 1) / (len(ours | theirs) + 1)


def pair(left, right):
    """Indices of twins, in order: the pairing whose likenesses add up to most."""
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            twins = likeness(left[i], right[j]) + best[i + 1][j + 1]
            best[i][j] = max(best[i + 1][j], best[i][j + 1], twins)
    pairs, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    return pairs


def headings(pages):
    lefts, rights = {i for i, _ in pages.pairs}, {j for _, j in pages.pairs}
    alone = [(pages.names, one) for i, one in enumerate(pages.left) if i not in lefts]
    alone += [(pages.names[::-1], one) for j, one in enumerate(pages.right) if j not in rights]
    return [f"{here} has the section {one.heading()}, {there} has none of that level and content there"
            for (here, there), one in alone]


def commands(pages):
    found = []
    for left, right in pages.sections():
        for number, (ours, theirs) in enumerate(zip_longest(left.blocks, right.blocks), 1):
            if ours is None or theirs is None or ours.language != theirs.language:
                names = [block and f"one of {block.language or 'a picture'}" for block in (ours, theirs)]
                found.append(pages.say(left, f"code block {number}", *names))
            elif not ours.language and ours.folders() != theirs.folders():
                found.append(pages.say(left, f"picture {number}", ours.folders(), theirs.folders()))
            elif ours.language:
                lines = zip_longest(ours.commands(), theirs.commands())
                found += [pages.say(left, f"code block {number}", one, other) for one, other in lines if one != other]
    return found


def tables(pages):
    found = []
    for left, right in pages.sections():
        for number, (ours, theirs) in enumerate(zip_longest(left.tables, right.tables, fillvalue=[]), 1):
            if len(ours) != len(theirs):
                found.append(pages.say(left, f"rows of table {number}", len(ours), len(theirs)))
            for one, other in zip(ours, theirs):
                column = first_difference(one, other, pages.words)
                if column is not None:
                    row = f"table {number}, row {one[0]!r} ({other[0]!r})"
                    found.append(pages.say(left, row, one[column:], other[column:]))
    return found


def first_difference(left, right, words):
    """The first column whose figures, or whose word of fixed form, differ."""
    for column, (ours, theirs) in enumerate(zip_longest(left, right)):
        is_same = None not in (ours, theirs) and markdown_page.figures(ours) == markdown_page.figures(theirs)
        if not is_same or (ours in words) != (theirs in words.values()) or words.get(ours, theirs) != theirs:
            return column
    return None


def figures(pages):
    found = []
    for left, right in pages.sections():
        ours, theirs = Counter(left.figures()), Counter(right.figures())
        if ours != theirs:
            found.append(pages.say(left, "figures of the text", *only(ours, theirs)))
    return found


def names(pages):
    """Inline code: files, settings, members, commands."""
    return [pages.say(left, "inline code", *only(Counter(left.code()), Counter(right.code())))
            for left, right in pages.sections() if left.code() != right.code()]


def links(pages):
    found = []
    twins = {j: i for i, j in pages.pairs}
    here = {anchor_of(one): f"section {one.title}" for one in pages.left}
    there = {anchor_of(pages.right[j]): f"section {pages.left[i].title}" for j, i in twins.items()}
    for left, right in pages.sections():
        ours = Counter(here.get(link, link) for link in left.links() if link != pages.names[1])
        theirs = Counter(there.get(link, link) for link in right.links() if link != pages.names[0])
        if ours != theirs:
            found.append(pages.say(left, "links", *only(ours, theirs)))
    return found


def anchor_of(section):
    return "#" + markdown_page.anchor(section.title)


def only(ours, theirs):
    """What one of two counters has and the other lacks."""
    return sorted((ours - theirs).elements()), f"{sorted((theirs - ours).elements())} instead"


def settings(names, left, right, words):
    """Rows of two tables of settings: name, default, range and when a change applies agree, in whatever order of words
    the meaning is told."""
    ours, theirs = ({row[0]: row[1:4] for row in rows} for rows in (left, right))
    found = [f"{name} stands in {names[0]} only" for name in ours if name not in theirs]
    found += [f"{name} stands in {names[1]} only" for name in theirs if name not in ours]
    for name in [name for name in ours if name in theirs]:
        expected = ours[name][:2] + [words[ours[name][2]]]
        if theirs[name] != expected:
            found.append(f"{name}: {names[1]} has {theirs[name]}, by {names[0]} it should be {expected}")
    return found or ([] if list(ours) == list(theirs) else ["the settings stand in another order"])
