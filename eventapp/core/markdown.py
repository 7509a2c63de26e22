"""Markdown from organizers, made into safe HTML and into plain text."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import linkify
from markdown_it.rules_inline import linkify as inline_linkify
from markdown_it.token import Token

_renderer = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True}).enable(
    ["linkify", "table", "strikethrough"]
)
# A short row of a table is filled up to the width of its head: a few lines would become a million cells. Finding addresses
# in a text takes ever longer the more signs of them there are. What has more of either stays plain text.
MOST_CELLS = 2_000
MOST_ADDRESSES = 200


_BELOW_HEAD = frozenset("|-: \t")


def _small_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if start < state.env.get("no_table_before", 0) or start + 1 >= end:
        return False
    if not _BELOW_HEAD.issuperset(state.src[state.bMarks[start + 1] : state.eMarks[start + 1]].strip("> ")):
        return False
    columns = state.src[state.bMarks[start] : state.eMarks[start]].count("|") + 1
    rows = 0
    while start + rows < end and not state.isEmpty(start + rows):
        rows += 1
        if rows * columns > MOST_CELLS:
            state.env["no_table_before"] = start + rows
            return False
    return table(state, start, end, silent)


def _few_addresses(src: str) -> bool:
    return src.count(":") + src.count("@") + src.count("www.") <= MOST_ADDRESSES


_renderer.block.ruler.at("table", _small_table, {"alt": ["paragraph", "reference"]})
_renderer.inline.ruler.at(
    "linkify",
    # Asked at each place of the text, so the cheap question comes first.
    lambda state, silent: state.src.startswith("://", state.pos) and _few_addresses(state.src) and inline_linkify(state, silent),
)
_renderer.core.ruler.at("linkify", lambda state: linkify(state) if _few_addresses(state.src) else None)
_TAGS = {
    "p", "br", "hr", "strong", "em", "s", "del", "a", "ul", "ol", "li", "blockquote", "code", "pre",
    "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel"}
_REL = "noopener nofollow"


def to_html(source: str) -> str:
    """Safe HTML of a Markdown text. Headings start at level 2: the page has its own first one."""
    html = _renderer.render(source).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes=_SCHEMES,
        link_rel=_REL,
    )


def text_of(safe: str) -> str:
    """What stands in HTML that `to_html` made, as plain text."""
    return unescape(nh3.clean(safe, tags=set())).strip()


@dataclass(frozen=True)
class Part:
    """One paragraph, list or the like of a text: as safe HTML, and as plain text for the other half of a mail."""

    html: str
    text: str


def to_parts(source: str) -> list[Part]:
    """The blocks of a Markdown text in their order. Unlike on a page, its first heading may be the only one."""
    found, block = [], []
    for token in _renderer.parse(source):
        block.append(token)
        if token.level == 0 and token.nesting <= 0:
            html = _renderer.renderer.render(block, _renderer.options, {})
            safe = nh3.clean(html, tags=_TAGS | {"h1"}, attributes={"a": {"href"}}, url_schemes=_SCHEMES, link_rel=_REL)
            found.append(Part(safe.strip(), _plain(block)))
            block = []
    return found


def _plain(block: Sequence[Token]) -> str:
    """A block as plain text: lists with dashes or numbers, links with their addresses behind them."""
    lines: list[str] = []
    lists: list[int | None] = []
    mark, quotes = "", 0
    for token in block:
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            lists.append(int(token.attrGet("start") or 1) if kind == "ordered_list_open" else None)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif kind == "list_item_open":
            number = lists[-1]
            mark = "- " if number is None else f"{number}. "
            lists[-1] = None if number is None else number + 1
        elif kind in ("blockquote_open", "blockquote_close"):
            quotes += 1 if kind == "blockquote_open" else -1
        elif kind == "tr_open":
            lines.append("")
        elif kind == "hr":
            lines.append("----")
        elif kind in ("inline", "fence", "code_block"):
            text = _inline(token.children or []) if kind == "inline" else token.content.rstrip("\n")
            if block[0].type == "table_open":
                lines[-1] += f" | {text}" if lines[-1] else text
                continue
            start = "> " * quotes + "  " * (len(lists) - 1 if lists else 0)
            first, *more = text.split("\n")
            lines += [start + mark + first, *(start + " " * len(mark) + line for line in more)]
            mark = ""
    return "\n".join(lines)


def _inline(children: Sequence[Token]) -> str:
    """A line of text. A link that is all there is has its address on a line of its own."""
    alone = len(children) > 2 and children[0].type == "link_open" and _closes_last(children)
    parts: list[str] = []
    opened: list[tuple[str, int]] = []
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "link_open":
            opened.append((str(child.attrGet("href") or ""), len(parts)))
        elif child.type == "link_close":
            href, at = opened.pop()
            label = "".join(parts[at:])
            if href not in (label, f"mailto:{label}", f"http://{label}"):
                parts[at:] = [f"{label}:\n{href}" if alone else f"{label} ({href})"]
        else:
            parts.append(child.content)
    return "".join(parts)


def _closes_last(children: Sequence[Token]) -> bool:
    return [i for i, child in enumerate(children) if child.type == "link_close"] == [len(children) - 1]


# What blocks are called in a tree, by the name of their opening token; a list item and so on hold further ones.
_NODES = {
    "paragraph_open": "p",
    "heading_open": "h",
    "bullet_list_open": "ul",
    "ordered_list_open": "ol",
    "list_item_open": "li",
    "blockquote_open": "quote",
    "table_open": "table",
    "thead_open": "thead",
    "tbody_open": "tbody",
    "tr_open": "tr",
    "th_open": "cell",
    "td_open": "cell",
}
_MARKS = {"strong": "strong", "em": "em", "s": "strike"}


def tree(source: str) -> list[dict[str, Any]]:
    """The blocks of a Markdown text as plain data, for documents that are typeset.

    A block has a `kind` and `children`; a `text` has `runs`, each with its `text`, its marks (`strong`, `em`, `strike`,
    `code`) and a `href` if it is a link. Lines end with a run that is a `break`. Without recursion: texts may nest deeply.
    """
    root: list[dict[str, Any]] = []
    open_ones = [root]
    for token in _renderer.parse(source):
        if token.nesting == 1:
            node: dict[str, Any] = {"kind": _NODES[token.type], "children": []}
            if token.type == "ordered_list_open":
                node["start"] = int(token.attrGet("start") or 1)
            open_ones[-1].append(node)
            open_ones.append(node["children"])
        elif token.nesting == -1:
            open_ones.pop()
        elif token.type == "inline":
            open_ones[-1].append({"kind": "text", "runs": _runs(token.children or [])})
        elif token.type in ("fence", "code_block"):
            open_ones[-1].append({"kind": "code", "text": token.content.rstrip("\n")})
        elif token.type == "hr":
            open_ones[-1].append({"kind": "hr"})
    return root


def _runs(children: Sequence[Token]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    depth = dict.fromkeys(_MARKS.values(), 0)
    links: list[str] = []
    for child in children:
        name = child.type.removesuffix("_open").removesuffix("_close")
        if child.type in ("softbreak", "hardbreak"):
            found.append({"break": True})
        elif name in _MARKS:
            depth[_MARKS[name]] += child.nesting
        elif child.type == "link_open":
            links.append(str(child.attrGet("href") or ""))
        elif child.type == "link_close":
            links.pop()
        elif child.content:
            run: dict[str, Any] = {"text": child.content, **{mark: True for mark, n in depth.items() if n}}
            if child.type == "code_inline":
                run["code"] = True
            if links and links[-1].split(":", 1)[0].lower() in _SCHEMES:
                run["href"] = links[-1]
            found.append(run)
    return found
