// One state, chosen anywhere: its attempts, input, output and variables; and one item of a Map, whose way is then shown.

const WORDS = { ok: "succeeded", run: "running", wait: "waiting", fail: "failed", caught: "error caught", idle: "not run" };
const ITEM = { "": "not begun", ok: "succeeded", run: "running", fail: "failed", cut: "cut off" };
const $ = (id) => document.getElementById(id);

export class States {
  constructor(flow) {
    this.flow = flow;
    this.part = null; // what there is to see, until somebody chooses
    this.lines = JSON.parse($("definition-lines").textContent); // of the definition as it stands in the editor
    this.told = {}; // of the chosen execution …
    this.inside = {}; // … and which states lie in its Maps
    $("state-choice").addEventListener("change", ({ target }) => flow.choose(target.value || null, true));
    $("item-choice").addEventListener("change", ({ target }) => flow.chooseItem(this.map, Number(target.value)));
    $("state-tabs").addEventListener("click", ({ target }) => { const tab = target.closest("[data-part]"); if (tab) { this.part = tab.dataset.part; this.tabs(); } });
  }

  knows(state) { return state in this.lines || state in this.told; }

  list() {
    const names = [...new Set([...Object.keys(this.lines), ...Object.keys(this.told), ...(this.flow.state ? [this.flow.state] : [])])], states = names.map((name) => [name, this.told[name] ? `${name}, ${WORDS[this.told[name].status]}` : name]);
    this.fill($("state-choice"), [["", "Choose a state …"], ...states], this.flow.state || "");
    this.map = this.mapOf(this.flow.state);
    const items = this.told[this.map]?.items;
    $("item-choice").parentNode.hidden = !items;
    if (!items) return;
    const [all, one] = items.counts ? ["All children", "Child"] : ["All items", "Item"]; // those of a distributed Map are executions of their own
    const options = [...items.first.entries(), ...(items.failed || []).map((place) => [place, "fail"])];
    this.fill($("item-choice"), [[-1, all], ...options.map(([place, status]) => [place, `${one} ${place}, ${ITEM[status]}`])], this.flow.item);
  }

  fill(select, options, chosen) {
    const key = JSON.stringify([options, chosen]);
    if (key === select.dataset.key) return;
    select.dataset.key = key;
    select.replaceChildren(...options.map(([value, text]) => new Option(text, value, false, String(value) === String(chosen))));
  }

  /** The innermost Map that a state is, or that it lies in. */
  mapOf(state) {
    const around = Object.entries(this.inside).filter(([map, states]) => map === state || states.includes(state));
    return around.sort(([, a], [, b]) => a.length - b.length)[0]?.[0] ?? null;
  }

  /** The first state inside a Map. */
  firstIn(map) { return this.inside[map]?.[0] ?? map; }

  show(html) {
    const place = $("state-shown"), { state } = this.flow;
    $("state-heading").textContent = state || "State";
    $("state-tabs").hidden = !html;
    const shown = html || `<p class="small-text muted">${state ? "The execution has no such state: it runs another version of the definition, or none has been started." : "Choose a state in the graph, in the history or in the definition."}</p>`;
    if (shown === this.shown) return;
    this.shown = shown;
    place.innerHTML = shown;
    this.tabs();
  }

  tabs() {
    const wanted = this.part || $("state-shown").querySelector(".state-facts")?.dataset.part || "Output";
    for (const tab of $("state-tabs").children) tab.setAttribute("aria-pressed", tab.dataset.part === wanted);
    let part = "";
    for (const each of document.querySelectorAll("#state-shown .state-data > *")) {
      if (each.matches("h3")) part = each.textContent;
      each.hidden = part !== wanted;
    }
  }

  ring() {
    const { svg } = this.flow.lab.stage, { node, state, item } = this.flow;
    svg?.querySelectorAll(".st.selected, .it.selected").forEach((each) => each.classList.remove("selected"));
    const machine = state && this.flow.lab.stage.node(node);
    if (!machine) return;
    machine.querySelector(`.st[data-state="${CSS.escape(state)}"]`)?.classList.add("selected");
    if (item >= 0) machine.querySelector(`.st[data-state="${CSS.escape(this.map || "")}"] [data-item="${item}"]`)?.classList.add("selected");
  }
}
