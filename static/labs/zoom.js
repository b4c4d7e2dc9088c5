// How large the diagram is drawn: fitted into the stage, at what can be read, or at a scale of one's own.

const FACTOR = 1.25, LEAST = 0.3, MOST = 3;

export class Zoom {
  constructor(stage) {
    this.stage = stage;
    document.getElementById("view-tools").addEventListener("click", ({ target }) => { const way = target.closest("[data-zoom]")?.dataset.zoom; if (way) this.to(way); });
  }

  to(way) {
    const { stage } = this, { svg, root } = stage, now = svg.getBoundingClientRect(), box = svg.viewBox.baseVal;
    const shown = Math.min(now.width / box.width, now.height / box.height);
    stage.whole = way === "fit" && (stage.scale !== null || !stage.whole); // pressed again, it is large enough to be read
    stage.scale = way === "fit" ? null : Math.min(MOST, Math.max(LEAST, shown * (way === "in" ? FACTOR : 1 / FACTOR)));
    const middle = (root.scrollLeft + root.clientWidth / 2) / root.scrollWidth, half = (root.scrollTop + root.clientHeight / 2) / root.scrollHeight;
    stage.measure();
    root.scrollTo(middle * root.scrollWidth - root.clientWidth / 2, half * root.scrollHeight - root.clientHeight / 2); // what was in the middle stays there
  }
}
