// What one state hands to the next, as JSON on the edges of the graph: drawn into the picture of the machine again
// whenever that is drawn anew. The whole of it stands in the panel of the state.

const SVG = "http://www.w3.org/2000/svg", LETTERS = 28, LETTER = 7.25, HIGH = 18;

export class Handed {
  constructor(stage) {
    this.stage = stage;
    this.button = document.getElementById("show-data");
    this.on = this.button.getAttribute("aria-pressed") === "true";
    this.data = {};
    this.button.addEventListener("click", () => { this.on = !this.on; this.button.setAttribute("aria-pressed", this.on); this.draw(); });
  }

  show(node, data, state) {
    Object.assign(this, { node, data, state });
    this.draw();
  }

  draw() {
    const workflow = this.stage.node(this.node)?.querySelector(".workflow");
    this.stage.svg?.querySelectorAll(".handed").forEach((each) => each.remove());
    if (!workflow || !this.on) return;
    for (const [state, [input]] of Object.entries(this.data)) {
      const way = workflow.querySelector(`:is(.tr-taken, .tr-caught)[data-to="${CSS.escape(state)}"]`);
      if (way) workflow.append(this.pill(way, state, input));
    }
  }

  pill(way, state, json) {
    const { x, y } = way.getPointAtLength(way.getTotalLength() / 2), letters = [...json], group = document.createElementNS(SVG, "g");
    const text = letters.length > LETTERS ? `${letters.slice(0, LETTERS - 1).join("")}…` : json, wide = 12 + LETTER * [...text].length;
    group.setAttribute("class", `handed${state === this.state ? " now" : ""}`);
    group.dataset.state = state;
    const title = document.createElementNS(SVG, "title"), under = document.createElementNS(SVG, "rect"), words = document.createElementNS(SVG, "text");
    title.textContent = `Input of ${state}: ${json}`;
    words.textContent = text;
    for (const [name, value] of Object.entries({ x: x - wide / 2, y: y - HIGH / 2, width: wide, height: HIGH, rx: 5 })) under.setAttribute(name, value);
    for (const [name, value] of Object.entries({ x, y: y + 4, "text-anchor": "middle", class: "mono" })) words.setAttribute(name, value);
    group.append(title, under, words);
    return group;
  }
}
