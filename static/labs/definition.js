// The definition of the machine that the page is about: its text and versions, the course's examples, a start by hand.
// The editor proper comes when it is first used.

import { announce } from "../js/page.js";
import { notJson } from "./jsontext.js";

const $ = (id) => document.getElementById(id);
const many = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
const pretty = (value) => JSON.stringify(value, null, 2);

export class Definition {
  constructor(flow) {
    this.flow = flow;
    this.root = $("definition");
    this.text = $("definition-text");
    this.saved = this.text.defaultValue;
    this.version = Number(/\d+/.exec($("save-definition").textContent)[0]) - 1;
    const kept = sessionStorage.getItem(this.key);
    if (kept !== null && kept !== this.saved) this.text.value = kept;
    const open = () => this.editor();
    for (const event of ["focus", "pointerdown"]) this.text.addEventListener(event, open, { once: true });
    if (kept !== null && kept !== this.saved) { document.querySelector(".lab-tabs [data-tab=definition]")?.click(); announce("Your definition from before is here; it is not saved yet."); }
    if (document.activeElement === this.text) open();
    $("save-definition").addEventListener("click", () => this.save());
    $("format-definition").addEventListener("click", () => this.format());
    $("undo-definition").addEventListener("click", async () => { const editor = await this.editor(); this.behaviour = null; editor.replaceAll(this.saved); });
    $("show-own").addEventListener("click", async () => { (await this.editor()).replaceAll(pretty(JSON.parse(this.own[1]))); });
    $("example").addEventListener("change", ({ target }) => this.example(target));
    $("start-execution").addEventListener("submit", (event) => { event.preventDefault(); this.start(); });
    if (!flow.lab.mayControl) this.root.querySelectorAll("#save-definition, #start-execution button").forEach((each) => { each.disabled = true; });
  }

  get key() { return `definition:${this.flow.lab.root.dataset.slug}:${this.flow.node}`; }

  /** The editor, loaded when it is first needed. */
  editor() {
    return (this.loading ||= import(this.root.dataset.editor).then(({ Editor }) => {
      this.edits = new Editor({
        check: (text) => this.check(text),
        onStates: (states) => this.flow.knows(states),
        onCaret: (line, state) => { $("editor-status").textContent = `Line ${line}${state ? `, in ${state}` : ""}`; if (state && document.activeElement === this.text) this.flow.choose(state, false, false); },
        onChange: () => this.changed(),
      });
      this.changed();
      this.edits.choose(this.flow.state, true);
      return this.edits;
    }));
  }

  changed() {
    const differs = this.text.value !== this.saved;
    differs ? sessionStorage.setItem(this.key, this.text.value) : sessionStorage.removeItem(this.key);
    $("undo-definition").hidden = !differs;
    $("save-definition").classList.toggle("primary", differs);
  }

  async check(text) {
    const body = new FormData();
    for (const [name, value] of Object.entries({ definition: text, content: this.flow.lab.root.dataset.slug, node: this.flow.node, type: this.root.dataset.type })) body.set(name, value);
    body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    const answer = await fetch(this.root.dataset.check, { method: "POST", body });
    if (!answer.ok) throw new Error("not checked");
    return answer.json();
  }

  async format() {
    const editor = await this.editor();
    try { editor.replaceAll(pretty(JSON.parse(editor.value))); announce("Formatted."); } catch {
      await editor.verify();
      if (editor.problems[0]) { editor.goTo(editor.problems[0]); announce(editor.inWords(editor.problems[0])); }
    }
  }

  async example(select) {
    if (!select.value) return;
    const answer = await fetch(select.value).catch(() => null);
    if (!answer?.ok) { announce("The example could not be fetched. Try again."); return; }
    const { text, behaviour } = await answer.json(), editor = await this.editor();
    editor.replaceAll(text);
    this.behaviour = behaviour; // how its tasks take their time and fail is saved together with it
    select.value = "";
  }

  async save() {
    const editor = await this.editor(), problems = await editor.verify(), text = editor.value;
    if (problems === null) { announce("The definition could not be checked: the server did not answer. Nothing was saved; try again."); return; }
    if (problems.length) { editor.goTo(problems[0]); announce(`Not saved. ${editor.inWords(problems[0])}`); return; }
    const button = $("save-definition");
    button.setAttribute("aria-busy", "true");
    try {
      const had = this.behaviour && { ...await this.flow.parameters(), ...this.hadBehaviour };
      const of = (value) => value && Object.fromEntries(Object.entries(value).filter(([state]) => state in editor.states)); // the example may have been written over
      const given = this.behaviour ? { ...this.behaviour, task_seconds: of(this.behaviour.task_seconds) } : {};
      const behaviour = Object.fromEntries(Object.entries(given).filter(([name, value]) => value || had[name]));
      await this.flow.lab.act({ type: "command", action: "SetParameter", target: this.flow.node, parameters: { ...behaviour, definition: JSON.parse(text) } });
      this.hadBehaviour = { ...this.hadBehaviour, ...behaviour };
      this.behaviour = null;
      this.saved = text;
      this.changed();
      await this.flow.ask();
      announce(`Saved as version ${this.version}${editor.told.length ? `, with ${many(editor.told.length, "warning")}` : ""}. Running executions keep the definition that they were started with.`);
    } catch (refusal) { announce(`Not saved. ${refusal.says || "The server did not answer."}`); $("editor-status").textContent = `Not saved: ${refusal.says || "no answer"}`; }
    button.removeAttribute("aria-busy");
  }

  async start() {
    const field = $("execution-input"), input = field.value.trim() || "{}";
    try { JSON.parse(input); } catch { this.refuse(notJson(field.value), true); return; }
    this.refuse(null);
    this.started = performance.now();
    try {
      const { lab, node } = this.flow;
      await lab.act({ type: "command", action: "StartExecution", target: node, parameters: { input } });
      lab.fresh = false;
      if (!lab.clock.running && !lab.clock.looking) lab.clockDo("play");
      this.flow.follow(0);
    } catch (refusal) { this.refuse(refusal.says || "The server did not answer."); }
  }

  refuse(says, focus = false) {
    const place = $("execution-error"), field = $("execution-input");
    place.hidden = !says;
    says ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
    if (says) place.lastElementChild.textContent = says;
    if (focus) field.focus();
  }

  /** A start that the run itself refused is told at its field. True if it was one. */
  heard({ node, says }) {
    const mine = performance.now() - this.started < 3000 && node === this.flow.node;
    if (mine) this.refuse(says);
    return mine;
  }

  /** What is saved on the server by now. What was typed and not saved stays. */
  take(definition) {
    let same = false;
    try { same = JSON.stringify(JSON.parse(this.saved)) === JSON.stringify(definition); } catch { /* what was saved is no JSON: the document's own comes in its place */ }
    if (same) return;
    const untouched = this.text.value === this.saved;
    this.saved = pretty(definition);
    if (untouched) this.put(this.saved);
    else this.changed();
  }

  put(text) {
    this.text.value = text;
    if (this.edits) this.edits.set(text); else this.changed();
  }

  /** Another machine's definition comes in the place of this one. What was typed for this one is kept. */
  turnTo({ parameters }, title) {
    this.root.dataset.type = parameters.type || "STANDARD";
    this.saved = pretty(parameters.definition);
    this.behaviour = this.hadBehaviour = null;
    this.text.setAttribute("aria-label", `Definition of ${title}, Amazon States Language`);
    this.put(sessionStorage.getItem(this.key) ?? this.saved);
  }

  /** The chosen execution may run an earlier version than the newest one, which can then be read here. */
  tell({ version, runs, own, chosen, part }) {
    const drawn = part && own ? `${chosen} v${own[0]}` : "";
    if (drawn && drawn !== this.drawn) announce(`The graph is that of v${own[0]}, which this execution runs.`);
    this.drawn = drawn;
    this.own = own;
    $("show-own").hidden = !own;
    if (own) $("show-own").textContent = `Show v${own[0]}`;
    this.version = version;
    $("save-definition").textContent = `Save as v${version + 1}`;
    $("undo-definition").lastElementChild.textContent = `Back to v${version}`;
    $("runs-version").textContent = runs;
  }

  choose(state, scroll, load) {
    if (load && document.querySelector(".lab-page").dataset.left === "definition") this.editor().then((editor) => editor.choose(state, scroll));
    else this.edits?.choose(state, scroll);
  }
}
