"""What the page makes of message text: markdown, mrkdwn, and nonsense."""

import random
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from sandbox.seed import ADA, GENERAL, GRACE, demo_seed
from sandbox.workspace.server import start_workspace
from tests.acceptance.page_browser import CHROMIUM, INSTALL, chromium, visitor
from tests.conftest import lacking

RENDER = """async ([kind, text]) => {
  const {markdown} = await import("/page/js/text/markdown.js");
  const {mrkdwn} = await import("/page/js/text/mrkdwn.js");
  const {names} = await import("/page/js/store.js");
  const node = {markdown, mrkdwn}[kind](text, names);
  for (const code of node.querySelectorAll(".code-block")) code.replaceWith(code.querySelector("code"));
  for (const box of node.querySelectorAll("*")) {
    for (const {name} of [...box.attributes]) if (name !== "href") box.removeAttribute(name);
  }
  return node.innerHTML;
}"""
A = '<a href="https://a.example/">'
MARKDOWN = {
    "plain **bold** *it* _it_ ~~no~~ `a*b*`": "<p>plain <strong>bold</strong> <em>it</em> <em>it</em>"
    " <s>no</s> <code>a*b*</code></p>",
    "***both*** **a *b* c**": "<p><strong><em>both</em></strong> <strong>a <em>b</em> c</strong></p>",
    "snake_case_name 2*3*4 5 * 6 * 7": "<p>snake_case_name 2*3*4 5 * 6 * 7</p>",
    r"\*no\* 1 \< 2": "<p>*no* 1 &lt; 2</p>",
    "a &lt;b&gt; &amp;amp; <b>x</b>": "<p>a &lt;b&gt; &amp;amp; &lt;b&gt;x&lt;/b&gt;</p>",
    "[go](https://a.example/) <https://a.example/|go>": f"<p>{A}go</a> {A}go</a></p>",
    "https://a.example/.": f"<p>{A}https://a.example/</a>.</p>",
    "[no](javascript:alert(1)) [no](data:x) [no](/etc)": "<p><span>no</span> <span>no</span> <span>no</span></p>",
    "# One\n## Two\ntext": "<h3>One</h3><h4>Two</h4><p>text</p>",
    "- a\n- b\n  - c\n\nend": "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><p>end</p>",
    "3. x\n4. y": "<ol><li>x</li><li>y</li></ol>",
    "1. x\n   ```py\n   a\n     b\n   ```\n2. y": "<ol><li>x<code>a\n  b</code></li><li>y</li></ol>",
    "- [x] done\n- [ ] open": "<ul><li><input>done</li><li><input>open</li></ul>",
    "> q\n> r\n\nend": "<blockquote><p>q<br>r</p></blockquote><p>end</p>",
    "```\n<b>\n# no": "<code>&lt;b&gt;\n# no</code>",
    "`a &gt; &amp;lt; <b>`": "<p><code>a &gt; &amp;lt; &lt;b&gt;</code></p>",
    "```\na &lt; b &amp;&amp; <i>\n```": "<code>a &lt; b &amp;&amp; &lt;i&gt;</code>",
    "a\n\n---\n\nb": "<p>a</p><hr><p>b</p>",
    "|a|b|\n|-|-:|\n|1|`x|y`|\n|2|": "<div><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>"
    "<tr><td>1</td><td><code>x|y</code></td></tr><tr><td>2</td><td></td></tr></tbody></table></div>",
    f"<@{GRACE}> and :tada: :unknown:": "<p><span>@Grace Hopper</span> and <span>🎉</span> :unknown:</p>",
}
MRKDWN = {
    "*bold* _it_ ~no~ `*x*` a*b*c": "<p><strong>bold</strong> <em>it</em> <s>no</s> <code>*x*</code> a*b*c</p>",
    "*<https://a.example/|go> _x_*": f"<p><strong>{A}go</a> <em>x</em></strong></p>",
    "&gt; q\nplain\n```a &lt; b\nc```": "<blockquote>q</blockquote><p>plain</p><code>a &lt; b\nc</code>",
    f"<@{ADA}> <#{GENERAL}|x> <!here> <!subteam^S1|@ops>": "<p><span>@Ada Lovelace</span>"
    " <button>#general</button> <span>@here</span> <span>@ops</span></p>",
    "<javascript:alert(1)|go> <nothing>": "<p>&lt;javascript:alert(1)|go&gt; &lt;nothing&gt;</p>",
    "<mailto:a@b.example|write>": '<p><a href="mailto:a@b.example">write</a></p>',
    "these:\n• one\n• *two*\nend": "<p>these:</p><ul><li>one</li><li><strong>two</strong></li></ul><p>end</p>",
    "<!date^1767225600^{date_num} {time} {odd}|then>": "<p><time>01/01/2026 00:00 {odd}</time></p>",
}


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """The page, opened as Ada."""
    if not CHROMIUM.exists():
        lacking(INSTALL)
    workspace = await start_workspace(demo_seed())
    try:
        async with chromium() as browser:
            ada = await visitor(browser, workspace)
            await ada.open(f"/?as={ADA}&channel={GENERAL}")
            yield ada.page
    finally:
        await workspace.close()


@pytest.mark.parametrize(("kind", "cases"), [("markdown", MARKDOWN), ("mrkdwn", MRKDWN)])
async def test_each_form_has_its_shape(page: Page, kind: str, cases: dict[str, str]) -> None:
    shown = {text: await page.evaluate(RENDER, [kind, text]) for text in cases}
    assert shown == cases


PIECES = (
    "*", "**", "_", "~~", "`", "```", "\n", "\n\n", "> ", "- ", "1. ", "|", "|-|", "[", "](", ")", "<", ">", "&lt;",
    "#", "<img src=x>", "https://a.example", "javascript:x", ":tada:", "@", "\\", "  ", "word", "é", "🎉", "<!here>",
)  # fmt: skip
ALONE = ("*", "**a ", "_a ", "[", "[a](", "`", "> ", "- ", "<", "|", "~", "(", "https://a", "\\", "``` \n", "a|\n-|\n")
ALLOWED = (
    "DIV P SPAN STRONG EM S CODE PRE BLOCKQUOTE UL OL LI HR BR A BUTTON TIME INPUT TABLE THEAD TBODY TR TH TD H3 H4 H5 "
    "H6 SVG PATH"
)
CHECK = """async ([texts, allowed]) => {
  const {markdown} = await import("/page/js/text/markdown.js");
  const {mrkdwn} = await import("/page/js/text/mrkdwn.js");
  const {names} = await import("/page/js/store.js");
  const known = allowed.split(" ");
  const isOdd = (node) => !known.includes(node.tagName.toUpperCase())
    || [...node.attributes].some(({name}) => name.startsWith("on") || name === "style")
    || (node.tagName === "A" && !/^(https?|mailto):/.test(node.href));
  const faults = [];
  let slowestMs = 0;
  for (const text of texts) for (const render of [markdown, mrkdwn]) {
    const began = performance.now();
    const odd = [...render(text, names).querySelectorAll("*")].find(isOdd);
    slowestMs = Math.max(slowestMs, performance.now() - began);
    if (odd) faults.push([text, odd.outerHTML]);
  }
  return [faults, slowestMs];
}"""


async def test_nonsense_never_fails_nor_becomes_markup(page: Page) -> None:
    dice = random.Random(7)
    texts = ["".join(dice.choices(PIECES, k=dice.randint(1, 40))) for _ in range(3_000)]
    faults, _ = await page.evaluate(CHECK, [texts, ALLOWED])
    assert faults == []


async def test_the_longest_text_of_one_kind_is_drawn_soon(page: Page) -> None:
    took_ms = {}
    for piece in ALONE:
        faults, took_ms[piece] = await page.evaluate(CHECK, [[(piece * 12_000)[:12_000]], ALLOWED])
        assert faults == []
    assert max(took_ms.values()) < 2_000, took_ms


SIDES = """() => [...document.querySelectorAll("#main .message .text p")].map((line) => {
  const range = document.createRange();
  range.selectNodeContents(line);
  const [box, words] = [line.getBoundingClientRect(), range.getBoundingClientRect()];
  return words.right > box.right - 2 ? "right" : words.left < box.left + 2 ? "left" : "neither";
})"""


async def test_each_line_runs_as_its_own_words_do(page: Page) -> None:
    for text in ("שלום לך", "@grace מה שלומך?", "Hello שלום"):
        await page.fill("#main textarea", f"{text} ")
        await page.press("#main textarea", "Enter")
        await page.locator("#main .message", has_text=text.removeprefix("@grace ")).wait_for()
    assert await page.evaluate(SIDES) == ["right", "right", "left"]


async def test_a_command_is_not_broken_in_two_on_a_phone(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.fill("#main textarea", f"{'word ' * 6}`/tokens grant` {'word ' * 5}`/tokens models` `{'long ' * 30}` ")
    await page.press("#main textarea", "Enter")
    await page.locator("#main .message code").last.wait_for()
    lines = "nodes => nodes.map((node) => Math.round(node.getBoundingClientRect().height / 18))"
    assert (await page.locator("#main .message code").evaluate_all(lines))[:2] == [1, 1]
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
