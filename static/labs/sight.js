// A picture that would be too small to be read as a whole is shown in part: then the stage scrolls, by hand and by keys,
// its edges tell where there is more, and what runs is kept in sight, unless the reader has moved the picture away from it.

import { reducedMotion } from "../js/page.js";

const MARGIN = 20, EDGE = 8; // a picture has an empty margin of 8 px
const CORNERS = [["top left", 0, 0], ["bottom left", 0, 1], ["top right", 1, 0], ["bottom right", 1, 1]];
const RUNS = '.st:not(.container):is([data-status="run"], [data-status="wait"])';
const MOVED_BY = {
  wheel: () => true,
  touchmove: () => true,
  keydown: ({ key }) => /^(Arrow|Page|Home$|End$)/.test(key),
  pointerdown: ({ target, currentTarget }) => target === currentTarget, // on a scroll bar
};

/** How far to scroll so that `low` to `high` is seen between `from` and `to`; its beginning counts more than its end. */
const missing = (low, high, from, to) => (low < from ? low - from : high > to ? Math.min(high - to, low - from) : 0);

export class Sight {
  constructor(root) {
    this.root = root;
    this.tools = root.querySelector(".view-tools");
    this.scrolls = this.moved = false;
    for (const [act, moves] of Object.entries(MOVED_BY)) root.addEventListener(act, (event) => { this.moved ||= this.scrolls && moves(event); }, { passive: true });
    root.addEventListener("scroll", () => this.edges(), { passive: true });
  }

  /** The picture has a size: whether not all of it is seen. */
  measure(scrolls) {
    this.scrolls = scrolls;
    this.corner();
    const facts = { tabindex: 0, role: "region", "aria-label": "Diagram" };
    for (const [name, value] of Object.entries(facts)) scrolls ? this.root.setAttribute(name, value) : this.root.removeAttribute(name);
    this.edges();
  }

  /** The tools stand in a corner that no node uses, as the picture is seen first. */
  corner() {
    if (!this.tools) return;
    const { root, tools } = this, { scrollLeft, scrollTop } = root, { offsetWidth, offsetHeight } = tools, around = root.getBoundingClientRect();
    const nodes = [...root.querySelectorAll(".dg > .nodes > .node")].map((node) => node.getBoundingClientRect()).filter(({ width }) => width);
    const free = CORNERS.find(([, aside, down]) => {
      const x = around.left - scrollLeft + aside * (root.clientWidth - offsetWidth), y = around.top - scrollTop + down * (root.clientHeight - offsetHeight);
      return !nodes.some(({ left, top, right, bottom }) => left < x + offsetWidth + EDGE && right > x - EDGE && top < y + offsetHeight + EDGE && bottom > y - EDGE);
    });
    tools.dataset.corner = (free || CORNERS[0])[0];
  }

  edges() {
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight, clientWidth } = this.root;
    const more = { up: scrollTop, down: scrollHeight - clientHeight - scrollTop, left: scrollLeft, right: scrollWidth - clientWidth - scrollLeft };
    this.root.dataset.more = this.scrolls ? Object.keys(more).filter((way) => more[way] > EDGE).join(" ") : "";
  }

  away(part) {
    const { left, top } = this.root.getBoundingClientRect(), { clientWidth, clientHeight } = this.root, box = part.getBoundingClientRect();
    return {
      left: missing(box.left, box.right, left + MARGIN, left + clientWidth - MARGIN),
      top: missing(box.top, box.bottom, top + MARGIN, top + clientHeight - MARGIN),
    };
  }

  /** Bring a part of the picture into sight. */
  see(part) {
    if (!this.scrolls || !part) return;
    this.moved = false;
    const away = this.away(part);
    if (away.left || away.top) this.root.scrollBy({ ...away, behavior: reducedMotion() ? "instant" : "smooth" });
  }

  /** A node was drawn anew: of a lab about workflows, the state that runs is looked for. */
  follow(node) {
    if (!this.scrolls || !this.tools || node.dataset.kind !== "state_machine") return;
    const [first] = node.querySelectorAll(RUNS);
    if (!first) return;
    const seen = [...this.root.querySelectorAll(RUNS)].some((state) => { const { left, top } = this.away(state); return !left && !top; });
    if (seen) this.moved = false;
    else if (!this.moved) this.see(first);
  }
}
