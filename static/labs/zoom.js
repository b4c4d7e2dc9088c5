// How large the diagram is drawn: fitted into the stage, or at a scale of one's own, which scrolls.

const FACTOR = 1.25, LEAST = 0.3, MOST = 3;

export class Zoom {
  constructor(stage) {
    this.stage = stage;
    this.scale = null; // fitted
    const tools = document.getElementById("view-tools");
    tools.addEventListener("click", ({ target }) => { const way = target.closest("[data-zoom]")?.dataset.zoom; if (way) this.to(way); });
    this.whole = tools.querySelector('[data-zoom="fit"]');
    stage.fit = (svg) => this.fit(svg);
    stage.measure();
  }

  to(way) {
    const { svg } = this.stage, now = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const shown = this.scale ?? Math.min(now, svg.getBoundingClientRect().height / svg.viewBox.baseVal.height);
    this.scale = way === "fit" ? null : Math.min(MOST, Math.max(LEAST, shown * (way === "in" ? FACTOR : 1 / FACTOR)));
    this.fitted = way === "fit" || this.fitted;
    const { root } = this.stage, middle = (root.scrollLeft + root.clientWidth / 2) / root.scrollWidth, half = (root.scrollTop + root.clientHeight / 2) / root.scrollHeight;
    this.stage.measure();
    root.scrollTo(middle * root.scrollWidth - root.clientWidth / 2, half * root.scrollHeight - root.clientHeight / 2); // what was in the middle stays there
  }

  /** Called whenever the stage measures its picture. */
  fit(svg) {
    const { width, height } = svg.viewBox.baseVal, own = this.scale !== null;
    this.whole.setAttribute("aria-pressed", !own);
    svg.parentNode.classList.toggle("zoomed", own);
    svg.style.width = own ? `${width * this.scale}px` : "";
    svg.style.height = own ? `${height * this.scale}px` : "";
    if (own || this.fitted) svg.style.minHeight = ""; // asked for whole, it is shown whole, however small
  }
}
