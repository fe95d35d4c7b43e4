/* Morphs random trees into each other, and returns those that ended otherwise than said.

Ids and keys are drawn from few, so that elements with them move, vanish and change their parents. */
([count, seed]) => {
  const random = (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const pick = (...choices) => choices[random(choices.length)];

  function tree(depth, ids) {
    const element = document.createElement(pick("div", "p", "span", "ul", "li", "b"));
    if (random(4) === 0) {
      const id = pick(..."abcdefghij");
      if (!ids.has(id) || random(20) === 0) element.id = id;
      ids.add(id);
    } else if (random(4) === 0) {
      element.setAttribute("data-key", pick(..."123456"));
    }
    if (random(3) === 0) element.className = pick("x", "y", "z");
    if (random(9) === 0) element.title = pick("t", "u");
    fill(element, depth, ids);
    return element;
  }

  function fill(parent, depth, ids) {
    for (let left = random(depth ? 6 : 2); left; left--) {
      const kind = random(10);
      if (kind < 2) parent.append(pick("one", "two", " "));
      else if (kind < 3) parent.append(document.createComment(pick("c", "d")));
      else if (kind < 4) parent.append(field(ids));
      else if (depth) parent.append(tree(depth - 1, ids));
    }
  }

  function field() {
    const element = document.createElement(pick("input", "textarea", "select"));
    element.name = pick("n", "m", "o");
    if (element.localName === "input") element.type = pick("text", "checkbox", "radio", "number");
    return element;
  }

  function root() {
    const element = document.createElement("section");
    fill(element, 5, new Set());
    return element;
  }

  const wrong = [];
  for (let i = 0; i < count; i++) {
    const next = root();
    const wanted = next.cloneNode(true);
    const before = root();
    if (random(2)) {
      // The client must take this for what the server sent.
      hotframe.morph(document.body, [before], { inner: true, keep: false });
    }
    const shown = before.outerHTML;
    hotframe.morph(before, [...next.childNodes], { inner: true, keep: random(2) === 0 });
    if (!before.isEqualNode(wanted)) wrong.push([shown, wanted.outerHTML, before.outerHTML]);
  }
  return wrong.slice(0, 2);
}
