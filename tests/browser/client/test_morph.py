"""A page becomes another one, and what is there already stays."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from .conftest import Blank

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]

TREES = Path(__file__).with_name("random_trees.js").read_text(encoding="utf-8")


def test_a_block_that_comes_in_between_changes_no_other(blank: Blank) -> None:
    blank.shows("<h1 id=a>A</h1><p id=c>C</p><p id=d>D</p>")
    blank.becomes("<h1 id=a>A</h1><p>B</p><p id=c>C</p><p id=d>D!</p>")
    assert blank.has("<h1 id=a>A</h1><p>B</p><p id=c>C</p><p id=d>D!</p>")
    assert blank.stayed("a", "c", "d")


def test_rows_with_a_key_are_moved_and_not_made_again(blank: Blank) -> None:
    rows = "".join(f"<li data-key={n}>{n}</li>" for n in range(9))
    turned = "".join(f"<li data-key={n}>{n}!</li>" for n in (8, 3, 1, 2, 9, 0))
    blank.shows(f"<ul>{rows}</ul>")
    blank.runs(
        "() => { for (const row of document.querySelectorAll('li')) row.was = row.dataset.key; }"
    )
    blank.becomes(f"<ul>{turned}</ul>")
    assert blank.has(f"<ul>{turned}</ul>")
    assert blank.runs("() => [...document.querySelectorAll('li')].map(row => row.was ?? '')") == [
        "8", "3", "1", "2", "", "0",
    ]  # fmt: skip


def test_elements_are_known_by_the_ids_within_them(blank: Blank) -> None:
    blank.shows("<div><p id=a>A</p></div><div><p id=b>B</p></div>")
    blank.runs("() => { window.second = document.querySelectorAll('div')[1]; }")
    blank.becomes("<div><p id=b>B2</p></div>")
    assert blank.stayed("b")
    assert blank.runs("() => second === document.querySelector('div')")


def test_an_element_goes_along_to_another_parent(blank: Blank) -> None:
    blank.shows("<aside><input id=q></aside><main></main>")
    blank.page.fill("#q", "typed")
    blank.becomes("<main><section><input id=q class=big></section></main>")
    assert blank.stayed("q")
    assert blank.value("q") == "typed"


def test_fields_are_known_by_their_names(blank: Blank) -> None:
    blank.shows("<p><input name=b></p>")
    blank.page.fill("[name=b]", "typed")
    blank.becomes("<p><input name=a></p><p><input name=b></p>")
    assert blank.page.input_value("[name=a]") == ""
    assert blank.page.input_value("[name=b]") == "typed"


def test_what_somebody_types_is_not_overwritten(blank: Blank) -> None:
    blank.shows("<input id=q value=old><textarea id=t>old</textarea>")
    blank.page.focus("#q")
    blank.becomes("<input id=q value=new class=x><textarea id=t>new</textarea>")
    assert blank.value("q") == "old"  # somebody is there
    assert blank.value("t") == "new"
    blank.page.keyboard.type("er")
    blank.page.fill("#t", "typed")
    blank.becomes("<input id=q value=newer><textarea id=t>newer</textarea>")
    assert "er" in blank.value("q") and "new" not in blank.value("q")
    assert blank.value("t") == "typed"
    blank.page.focus("#q")
    blank.becomes("<input id=q value=newest><textarea id=t>newest</textarea>")
    assert blank.value("t") == "typed"  # nobody is there, but it was not sent


def test_a_field_that_was_left_untouched_is_up_to_date_again(blank: Blank) -> None:
    blank.shows("<input id=q value=old><button>x</button>")
    blank.page.focus("#q")
    blank.becomes("<input id=q value=new><button>x</button>")
    blank.page.focus("button")
    blank.becomes("<input id=q value=new><button>x</button>")
    assert blank.value("q") == "new"


def test_what_somebody_chose_is_not_overwritten(blank: Blank) -> None:
    def form(more: str) -> str:
        return (
            f"<input id=c type=checkbox {more}><input id=r1 type=radio name=r><input id=r2 "
            f"type=radio name=r {more}><select id=s><option>a<option>b<option {more}>c</select>"
            "<select id=m multiple><option>a<option>b</select><input id=d type=range max=9>"
            f"<select id=u><option>x<option {more and 'selected'}>y</select>"
        )

    blank.shows(form(""))
    blank.page.check("#c")
    blank.page.check("#r1")
    blank.page.select_option("#s", "b")
    blank.page.select_option("#m", ["a", "b"])
    blank.page.fill("#d", "7")
    blank.becomes(form("class=x"))
    blank.becomes(form("checked selected"))
    assert blank.page.is_checked("#c") and blank.page.is_checked("#r1")
    assert blank.value("s") == "b"
    assert blank.runs("() => document.getElementById('m').selectedOptions.length") == 2
    assert blank.value("d") == "7"
    assert blank.value("u") == "y"  # nobody chose there


def test_a_number_that_is_none_yet_stays(blank: Blank) -> None:
    blank.shows("<input id=n type=number><b id=b></b>")
    blank.page.focus("#n")
    blank.page.keyboard.type("1e")
    blank.page.evaluate("document.activeElement.blur()")
    blank.becomes("<input id=n type=number value=5><b id=b></b>")
    assert blank.runs("() => document.getElementById('n').validity.badInput")


def test_chosen_files_stay(blank: Blank) -> None:
    blank.shows("<p id=p>a</p><input id=f type=file>")
    blank.page.set_input_files("#f", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"})
    blank.becomes("<p>b</p><p id=p>a</p><input id=f type=file class=x>")
    assert blank.runs("() => document.getElementById('f').files[0].name") == "a.txt"


def test_text_that_somebody_writes_into_the_page_stays(blank: Blank) -> None:
    blank.shows("<div id=e contenteditable>a</div><i id=i></i>")
    blank.page.focus("#e")
    blank.page.keyboard.type("typed ")
    blank.page.evaluate("document.activeElement.blur()")
    blank.becomes("<div id=e contenteditable>b</div><i id=i>x</i>")
    assert "typed" in blank.page.inner_text("#e")


COMPOSED = """() => {
    window.heard = [];
    for (const name of ["compositionstart", "compositionend"]) {
        addEventListener(name, event => heard.push(event.type.slice(11) + event.data));
    }
}"""
FIELDS = {
    "input": "<input id=q value='{}'>",
    "textarea": "<textarea id=q>{}</textarea>",
    "contenteditable": "<div id=q contenteditable>{}</div>",
}
WRITTEN = "() => { const q = met.get('q'); return q.value ?? q.innerText; }"


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("says", ["", "new"], ids=["same_value", "new_value"])
def test_an_input_method_goes_on_while_the_page_changes(
    blank: Blank, field: str, says: str
) -> None:
    def rows(value: str, *keys: int) -> str:
        mine = f"<p data-key=q class=c{len(keys)}>{FIELDS[field].format(value)}</p>"
        return mine + "".join(f"<p data-key={key}>{key}{value}</p>" for key in keys)

    def composes(text: str) -> None:
        caret = {"selectionStart": len(text), "selectionEnd": len(text)}
        keys.send("Input.imeSetComposition", {"text": text, **caret})

    keys = blank.page.context.new_cdp_session(blank.page)
    blank.shows(rows("", 1, 2))
    blank.runs(COMPOSED)
    blank.page.focus("#q")
    composes("k")
    blank.becomes(f"<h1>x</h1>{rows(says, 2, 1)}<p data-key=3>3</p>")
    composes("か")
    blank.becomes(f"<p data-key=2>2</p><p data-key=1>1</p>{rows(says)}")
    composes("かな")
    assert blank.runs("() => heard") == ["start"]  # it goes on
    keys.send("Input.insertText", {"text": "仮名"})
    assert blank.runs("() => heard") == ["start", "end仮名"]
    blank.becomes(rows(says, 1))
    assert blank.runs(WRITTEN) == "仮名"
    assert blank.stayed("q")


@pytest.mark.parametrize("can_move", [True, False], ids=["moved", "inserted_again"])
def test_focus_caret_and_selection_stay(blank: Blank, can_move: bool) -> None:
    if not can_move:
        blank.runs("() => { delete Element.prototype.moveBefore; }")
    blank.shows(
        "<p data-key=1><input id=q value=abcdef></p><p data-key=2 id=b>text</p><p data-key=3>"
    )
    blank.runs("() => { met.get('q').focus(); met.get('q').setSelectionRange(2, 4); }")
    blank.becomes(
        "<p data-key=3><p data-key=2 id=b>text</p><i>x</i><p data-key=1><input id=q value=x>"
    )
    assert blank.stayed("q")
    place = (
        "() => [document.activeElement.id, met.get('q').selectionStart, met.get('q').selectionEnd]"
    )
    assert blank.runs(place) == ["q", 2, 4]
    blank.runs(
        "() =>"
        " getSelection().setBaseAndExtent(met.get('b').firstChild, 1, met.get('b').firstChild, 3)"
    )
    blank.becomes("<p data-key=2 id=b>text</p><p data-key=3><p data-key=1><input id=q value=x>")
    blank.becomes("<p data-key=3><p data-key=1><input id=q value=x></p><p data-key=2 id=b>text</p>")
    assert blank.runs("() => getSelection().toString()") == "ex"


def test_how_far_something_was_scrolled_stays(blank: Blank) -> None:
    lines = "<p>line</p>" * 100
    blank.shows(f"<div id=d>{lines}</div>")
    blank.runs(
        "() => { Object.assign(met.get('d').style, {height: '50px',"
        " overflow: 'auto'}); met.get('d').scrollTop = 300; }"
    )
    blank.becomes(f"<h1>New</h1><div id=d class=x>{lines}<p>more</p></div>")
    assert blank.runs("() => met.get('d').scrollTop") == 300


def test_what_is_open_stays_open(blank: Blank) -> None:
    def parts(text: str) -> str:
        return (
            f"<details id=d><summary>s</summary>{text}</details><details id=c open>{text}</details>"
            f"<dialog id=m>{text}</dialog><div id=p popover>{text}</div>"
        )

    blank.shows(parts("a"))
    blank.runs(
        """() => { met.get('d').open = true; met.get('c').open = false;
        met.get('m').showModal(); met.get('p').showPopover(); }"""
    )
    blank.becomes("<h1>x</h1>" + parts("b"))
    state = """() => [met.get("d").open, met.get("c").open, met.get("m").matches(":modal"),
        met.get("p").matches(":popover-open")]"""
    assert blank.runs(state) == [True, False, True, True]
    assert blank.page.inner_text("#m") == "b"


def test_a_recording_stays_where_it_is(blank: Blank) -> None:
    blank.shows("<p data-key=a>x</p><div data-key=b><audio id=v src=/sound.wav></audio></div>")
    blank.runs(
        """() => new Promise(done => {
            const audio = met.get("v");
            const seek = () => { audio.currentTime = 1; };
            audio.onseeked = done;
            audio.readyState ? seek() : (audio.onloadedmetadata = seek);
        })"""
    )
    blank.becomes(
        "<div data-key=b><audio id=v src=/sound.wav class=x></audio></div><p data-key=a>y</p>"
    )
    assert blank.stayed("v")
    assert blank.runs("() => met.get('v').currentTime") == 1


def test_what_is_moved_does_not_begin_again(blank: Blank) -> None:
    blank.shows(
        "<p data-key=a>x</p><div data-key=b><iframe id=i></iframe><b id=p popover>p</b></div>"
    )
    blank.runs("() => { met.get('i').contentWindow.stamp = 1; met.get('p').showPopover(); }")
    blank.becomes(
        "<div data-key=b><iframe id=i></iframe><b id=p popover>p</b></div><p data-key=a>y</p>"
    )
    assert blank.runs("() => met.get('i').contentWindow.stamp") == 1
    assert blank.runs("() => met.get('p').matches(':popover-open')")


def test_what_other_code_did_stays_until_the_server_says_something_new(blank: Blank) -> None:
    blank.shows("<p id=a class='card'>x</p><time id=t>2026</time><div id=w></div><b id=b>1</b>")
    blank.runs(
        """() => {
            met.get("a").classList.add("open");
            met.get("a").setAttribute("aria-expanded", "true");
            met.get("t").textContent = "today";
            met.get("b").firstChild.data = "one";
            met.get("w").innerHTML = "<canvas></canvas>";
        }"""
    )
    blank.becomes(
        "<h1>n</h1><p id=a class='card'>y</p><time id=t>2026</time><div id=w></div><b id=b>1</b>"
    )
    theirs = "<time id=t>today</time><div id=w><canvas></canvas></div><b id=b>one</b>"
    assert blank.has(f"<h1>n</h1><p id=a class='card open' aria-expanded=true>y</p>{theirs}")
    blank.becomes(
        "<p id=a class='card sold' aria-expanded=false>y</p><time"
        " id=t>2027</time><div id=w></div><b id=b>2</b>"
    )
    assert blank.has(
        "<p id=a class='card sold open' aria-expanded=false>y</p><time id=t>2027</time>"
        "<div id=w><canvas></canvas></div><b id=b>2</b>"
    )
    blank.becomes(
        "<p id=a class=card aria-expanded=true>y</p><time"
        " id=t>2027</time><div id=w></div><b id=b>2</b>"
    )
    assert blank.page.get_attribute("#a", "class") == "card open"


def test_the_last_who_changes_an_attribute_wins(blank: Blank) -> None:
    def title() -> str:
        found: str = blank.runs("() => met.get('a').title")
        return found

    boxes = "<details id=d{0}>x</details><details id=e{0}>{1}</details>"
    blank.shows("<p id=a title=one></p>" + boxes.format("", "x"))
    blank.runs(
        """() => { met.get("a").title = "mine";
            met.get("d").open = met.get("e").open = true; }"""
    )
    blank.becomes("<h1>x</h1><p id=a title=one></p>" + boxes.format("", "x"))
    assert title() == "mine"
    for said in ("two", "one"):
        blank.becomes(f"<p id=a title={said}></p>" + boxes.format(" open", said))
        assert title() == said
    blank.becomes("<p id=a></p>" + boxes.format("", "x"))
    assert blank.runs("() => [met.get('d').open, met.get('e').open]") == [False, False]


def test_what_other_code_added_is_the_servers_once_it_says_the_same(blank: Blank) -> None:
    blank.shows("<ul id=u><li data-key=1>a</li></ul>")
    blank.runs("() => met.get('u').insertAdjacentHTML('beforeend', '<li data-key=2>…</li>')")
    blank.becomes("<ul id=u><li data-key=1>a</li><li data-key=2>b</li></ul>")
    assert blank.has("<ul id=u><li data-key=1>a</li><li data-key=2>b</li></ul>")
    blank.becomes("<ul id=u><li data-key=1>a</li></ul>")
    assert blank.has("<ul id=u><li data-key=1>a</li></ul>")


def test_custom_elements_keep_what_they_made(blank: Blank) -> None:
    blank.runs(
        """() => customElements.define("x-star", class extends HTMLElement {
            static observedAttributes = ["n"];
            connectedCallback() {
                this.setAttribute("role", "img");
                this.append(document.createElement("i"));
            }
            attributeChangedCallback(name, old, now) { this.saw = now; }
        })"""
    )
    blank.shows("<p>a</p>")
    blank.becomes("<p>a</p><x-star n=1></x-star>")
    blank.becomes("<p>b</p><x-star n=2></x-star>")
    assert blank.has("<p>b</p><x-star n=2 role=img><i></i></x-star>")
    assert blank.runs("() => document.querySelector('x-star').saw") == "2"


def test_regions_can_be_left_alone(blank: Blank) -> None:
    blank.shows("<div id=i hf-ignore>a</div><div id=p hf-preserve>a</div>")
    blank.becomes(
        "<main><div id=p hf-preserve>b</div></main><div id=i hf-ignore class=x>b</div>", keep=False
    )
    assert blank.has("<main><div id=p hf-preserve>a</div></main><div id=i hf-ignore>a</div>")
    assert blank.stayed("i", "p")


def test_another_page_begins_afresh(blank: Blank) -> None:
    page = "<input id=q><details id=d>x</details><dialog id=m>x</dialog><p id=p>{}</p>"
    blank.shows(page.format("a"))
    blank.page.fill("#q", "typed")
    blank.runs(
        """() => { met.get("d").open = true; met.get("m").showModal();
            document.body.append(document.createElement("hr")); met.get("p").className = "x"; }"""
    )
    blank.becomes(page.format("b"), keep=False)
    assert blank.has(page.format("b"))
    assert blank.value("q") == ""
    assert not blank.runs("() => met.get('m').matches(':modal')")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<table id=t><tbody id=b><tr><td>1", "<tr><td>1</td><td>2</td></tr><tr><td>3</td></tr>"),
        ("<table id=t><tbody><tr id=b><td>1", "<td>1</td><th>2</th>"),
        ("<table id=t><colgroup id=b><col>", '<col><col span="2">'),
        ("<select id=t><optgroup id=b label=x><option>1", "<option>1</option><option>2</option>"),
        ("<select id=b><option>1", '<optgroup label="a"><option>1</option></optgroup><hr>'),
        ("<svg id=t><g id=b><rect>", '<circle r="1"></circle><a xlink:href="#x"></a>'),
        ("<svg id=t><foreignObject id=b><p>", "<div><b>x</b></div>"),
        ("<template id=b><i>1", "<i>2</i>"),
    ],
)
def test_fragments_are_read_as_what_they_belong_to(blank: Blank, before: str, after: str) -> None:
    blank.shows(before)
    blank.page.evaluate("html => hotframe.morph(met.get('b'), html, {inner: true})", after)
    if not before.startswith("<template"):
        assert blank.page.inner_html("#b") == after
    names = "() => [...document.getElementById('b').querySelectorAll('*')].map(e => e.namespaceURI)"
    assert ("svg" in before and "foreign" not in before) == any(
        "svg" in n for n in blank.runs(names)
    )


def test_what_a_template_holds_is_taken_over(blank: Blank) -> None:
    blank.shows("<template id=t><i>1</i></template>")
    blank.becomes("<template id=t><i>2</i></template>")
    assert blank.runs("() => met.get('t').innerHTML") == "<i>2</i>"


def test_no_script_runs_and_odd_attributes_are_taken_over(blank: Blank) -> None:
    blank.shows("<p id=a>x</p>")
    blank.becomes('<p id=a @click="y" :class="z">x</p><script>document.title = "ran"</script>')
    assert blank.page.get_attribute("#a", "@click") == "y"
    assert blank.page.title() == "Page"


def trees(blank: Blank, count: int, seed: int) -> Any:
    return blank.page.evaluate(TREES, [count, seed])


def test_random_trees_become_each_other(blank: Blank) -> None:
    assert trees(blank, 1_000, 1) == []


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_many_random_trees_become_each_other(blank: Blank) -> None:
    for seed in range(20):
        assert trees(blank, 1_000, int.from_bytes(os.urandom(4))) == [], seed
