"""What components of the starter set make, word by word where it is short."""

from __future__ import annotations

import pytest

from .conftest import Render

GOLDEN = {
    '{% component "badge" kind="danger" %}3 < 4{% endcomponent %}': (
        '<span class="hf-badge hf-danger">3 < 4</span>'
    ),
    '{% component "badge" class="wide" data-x=1 id="n" %}new{% endcomponent %}': (
        '<span class="hf-badge hf-plain wide" data-x="1" id="n">new</span>'
    ),
    '{% component "button" %}Save{% endcomponent %}': (
        '<button type="button" class="hf-button hf-primary hf-medium">Save</button>'
    ),
    '{% component "button" type="submit" kind="danger" disabled %}No{% endcomponent %}': (
        '<button type="submit" class="hf-button hf-danger hf-medium" disabled>No</button>'
    ),
    '{% component "button" command="show-modal" commandfor="ask" %}Ask{% endcomponent %}': (
        '<button type="button" class="hf-button hf-primary hf-medium" command="show-modal" '
        'commandfor="ask">Ask</button>'
    ),
    '{% component "button" href="/tea?a=1&b=2" %}Tea{% endcomponent %}': (
        '<a href="/tea?a=1&amp;b=2" class="hf-button hf-primary hf-medium">Tea</a>'
    ),
    '{% component "button" href="javascript:alert(1)" %}Tea{% endcomponent %}': (
        '<a role="link" aria-disabled="true" class="hf-button hf-primary hf-medium">Tea</a>'
    ),
    '{% component "card" title="Tea" level=9 %}{% endcomponent %}': (
        '<article class="hf-card">\n  <div class="hf-card-body">'
        '<h6 class="hf-card-title">Tea</h6>\n    \n  </div>\n</article>'
    ),
    '{% component "progress" label="Upload" value=1 max=3 %}{% endcomponent %}': (
        '<label class="hf-progress">\n  <span class="hf-progress-label">Upload</span>\n'
        '  <span class="hf-progress-value" aria-hidden="true">33 %</span>\n'
        '  <progress max="3" value="1"></progress>\n</label>'
    ),
    '{% component "progress" label="Upload" %}{% endcomponent %}': (
        '<label class="hf-progress">\n  <span class="hf-progress-label">Upload</span>\n'
        "  <progress></progress>\n</label>"
    ),
    '{% component "pagination" page=1 pages=1 %}{% endcomponent %}': "",
    '{% component "toasts" %}{% endcomponent %}': (
        '<section class="hf-toasts" id="toasts" aria-label="Messages" aria-live="polite" '
        'aria-relevant="additions"></section>'
    ),
}


@pytest.mark.parametrize("use", GOLDEN)
def test_markup(render: Render, use: str) -> None:
    assert render(use) == GOLDEN[use]


@pytest.mark.parametrize(
    ("kind", "role"),
    [("info", "status"), ("success", "status"), ("warning", "alert"), ("danger", "alert")],
)
def test_what_is_urgent_is_read_out_at_once(render: Render, kind: str, role: str) -> None:
    html = render('{% component "alert" kind=kind %}text{% endcomponent %}', kind=kind)
    assert html.startswith(f'<hf-alert class="hf-alert hf-{kind}" role="{role}">')
    assert "<button" not in html


@pytest.mark.parametrize(
    ("page", "pages", "shown"),
    [
        (1, 3, "[1] 2 3"),
        (6, 12, "1 … 5 [6] 7 … 12"),
        (3, 12, "1 2 [3] 4 … 12"),
        (4, 12, "1 2 3 [4] 5 … 12"),
        (12, 12, "1 … 11 [12]"),
        (99, 5, "1 … 4 [5]"),
        (-3, 2, "[1] 2"),
    ],
)
def test_pages(render: Render, page: int, pages: int, shown: str) -> None:
    use = '{% component "pagination" page=page pages=pages %}{% endcomponent %}'
    numbers = []
    for item in render(use, page=page, pages=pages).split("<li")[1:]:
        if "hf-pagination-step" not in item:
            text = item.split("</")[0].rpartition(">")[2]
            numbers.append(f"[{text}]" if 'aria-current="page"' in item else text)
    assert " ".join(numbers) == shown


def test_links_of_pages_keep_the_rest_of_the_address(render: Render) -> None:
    use = '{% component "pagination" page=2 pages=2 %}{% endcomponent %}'
    html = render(use, "/teas?q=a%26b&page=2&q=c")
    assert 'href="/teas?q=a%26b&amp;q=c&amp;page=1" rel="prev"' in html
    assert 'rel="next"' not in html
    use = (
        '{% component "pagination" page=2 pages=2 href="/x?a=1#rows" param="p" %}{% endcomponent %}'
    )
    assert 'href="/x?a=1&amp;p=1#rows"' in render(use, "/teas?q=1")
    evil = render(
        '{% component "pagination" page=2 pages=3 %}{% endcomponent %}', "//evil.example/x"
    )
    assert 'href="/evil.example/x?page=1"' in evil


TABLE = (
    '{% component "table" caption="Teas" columns=columns rows=rows sort=sort %}{% endcomponent %}'
)
COLUMNS = [{"key": "name", "label": "Tea", "sort": True}, {"key": "price", "sort": True}]


@pytest.mark.parametrize(
    ("sort", "head"),
    [
        ("", '<th scope="col"><a href="/teas?q=1&amp;sort=name">Tea'),
        (
            "name",
            '<th scope="col" aria-sort="ascending"><a href="/teas?q=1&amp;sort=-name">Tea',
        ),
        ("-name", '<th scope="col" aria-sort="descending"><a href="/teas?q=1&amp;sort=name">Tea'),
    ],
)
def test_headings_of_a_table_say_the_order_and_lead_to_another(
    render: Render, sort: str, head: str
) -> None:
    html = render(TABLE, "/teas?page=3&q=1&sort=x", columns=COLUMNS, sort=sort, rows=[])
    assert head in html
    assert html.count("aria-sort") == bool(sort)


def test_rows_are_dicts_or_objects_or_written_out(render: Render) -> None:
    class Tea:
        name = "Sencha"
        price = 14

    html = render(TABLE, columns=COLUMNS, sort="", rows=[{"name": "Assam", "price": 9}, Tea()])
    assert "<tr><td>Assam</td><td>9</td></tr>" in html
    assert "<tr><td>Sencha</td><td>14</td></tr>" in html
    assert '<td class="hf-table-empty" colspan="2">' in render(
        TABLE, columns=COLUMNS, sort="", rows=[]
    )
    own = (
        '{% component "table" caption="" columns=columns %}<tr><td>own</td></tr>{% endcomponent %}'
    )
    html = render(own, columns=COLUMNS)
    assert "<tr><td>own</td></tr>" in html
    assert "hf-table-empty" not in html


def test_a_column_with_an_unknown_key_is_refused(render: Render) -> None:
    with pytest.raises(ValueError, match="A column has end, key, label, sort, but no 'lable'"):
        render(TABLE, columns=[{"key": "name", "lable": "Tea"}], sort="", rows=[])


def test_panels_get_ids_from_their_tabs(render: Render) -> None:
    html = render(
        '{% component "tabs" id="tea" label="About" %}'
        '{% component "tab" title="Taste" %}sweet{% endcomponent %}'
        '{% component "tab" title="Price" id="price" selected %}12{% endcomponent %}'
        "{% endcomponent %}"
    )
    assert '<a class="hf-tabs-tab" href="#tea-1" id="tea-1-tab">Taste</a>' in html
    assert 'href="#price" id="price-tab" aria-current="true">Price</a>' in html
    assert '<section class="hf-tabs-panel" id="tea-1" aria-labelledby="tea-1-tab">' in html
    assert '<section class="hf-tabs-panel" id="price" aria-labelledby="price-tab">' in html
