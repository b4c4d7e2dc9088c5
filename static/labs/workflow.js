// What a lab with a state machine has beside its stage: definition, executions, history, the data of one state, tokens
// that wait, cost. Whatever state is chosen in one of them is chosen in all of them. The facts come from the server for the
// instant that the stage shows, so that looking back shows them as they were.

import { announce } from "../js/page.js";

const ASK_EVERY_MS = 350;
const $ = (id) => document.getElementById(id);
const pretty = (value) => JSON.stringify(value, null, 2);

const PIECE = /\s*(?:("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([{}[\],:]))/y;

/** Where a JSON text stops being one; browsers do not all say. */
function stopsAt(text) {
  const inside = [];
  let wants = "value";
  for (let at = 0; ;) {
    PIECE.lastIndex = at;
    const found = PIECE.exec(text), here = at + /^\s*/.exec(text.slice(at))[0].length;
    if (!found) return here;
    const [whole, value, sign] = found, free = wants.startsWith("value");
    if (value !== undefined) {
      if (wants.startsWith("name") && value[0] === '"') wants = "colon";
      else if (free) wants = "after";
      else return here;
    } else if (sign === "{" && free) { inside.push(sign); wants = "name?"; }
    else if (sign === "[" && free) { inside.push(sign); wants = "value?"; }
    else if (sign === ":" && wants === "colon") wants = "value";
    else if (sign === "," && wants === "after" && inside.length) wants = inside.at(-1) === "{" ? "name" : "value";
    else if ((sign === "}" && inside.at(-1) === "{" && (wants === "after" || wants === "name?")) || (sign === "]" && inside.at(-1) === "[" && (wants === "after" || wants === "value?"))) { inside.pop(); wants = "after"; }
    else return here;
    at += whole.length;
  }
}

function notJson(text) {
  const before = text.slice(0, stopsAt(text)).split("\n");
  return `This is no JSON yet: line ${before.length}, column ${before.at(-1).length + 1}.`;
}

export class Workflow {
  constructor(lab) {
    this.lab = lab;
    this.root = $("definition");
    this.node = this.root.dataset.node;
    this.text = $("definition-text");
    this.saved = this.text.value;
    this.states = JSON.parse($("definition-lines").textContent);
    this.version = Number(/\d+/.exec($("save-definition").textContent)[0]) - 1;
    this.key = `definition:${lab.root.dataset.slug}:${this.node}`;
    this.execution = 0;
    this.known = { id: Number($("execution").value) || 0, rows: $("history-rows").rows.length };
    this.part = "Output";
    this.tokens = new Map();
    this.definition();
    this.panels();
    lab.stage.onSwap = (id) => { if (id === this.node) this.ring(); };
    this.lab.mayControl || this.root.querySelectorAll("#save-definition, #start-execution button").forEach((each) => { each.disabled = true; });
    if (lab.connection?.ready) this.ask(true);
  }

  // --- The definition ---

  definition() {
    const kept = sessionStorage.getItem(this.key);
    if (kept !== null && kept !== this.saved) this.text.value = kept;
    const open = () => this.editor();
    for (const event of ["focus", "pointerdown"]) this.text.addEventListener(event, open, { once: true });
    const page = document.querySelector(".lab-page"), tabs = page.querySelector(".lab-tabs");
    tabs?.addEventListener("click", ({ target }) => {
      const tab = target.closest("[data-tab]")?.dataset.tab;
      if (tab === "lesson" || tab === "definition") { page.dataset.left = tab; dispatchEvent(new Event("resize")); }
      if (tab === "definition") this.editor();
    });
    page.dataset.left = "lesson";
    if (kept !== null && kept !== this.saved) { tabs?.querySelector("[data-tab=definition]").click(); announce("Your definition from before is here; it is not saved yet."); }
    $("save-definition").addEventListener("click", () => this.save());
    $("format-definition").addEventListener("click", async () => {
      const editor = await this.editor();
      try { editor.replaceAll(pretty(JSON.parse(editor.value))); announce("Formatted."); } catch { await editor.verify(); if (editor.problems[0]) { editor.goTo(editor.problems[0]); announce(editor.inWords(editor.problems[0])); } }
    });
    $("undo-definition").addEventListener("click", async () => { const editor = await this.editor(); this.behaviour = null; editor.replaceAll(this.saved); });
    $("example").addEventListener("change", async ({ target }) => {
      if (!target.value) return;
      const answer = await fetch(target.value).catch(() => null);
      if (!answer?.ok) { announce("The example could not be fetched. Try again."); return; }
      const { text, behaviour } = await answer.json();
      const editor = await this.editor();
      editor.replaceAll(text);
      this.behaviour = behaviour; // how its tasks take their time and fail is saved together with it
      target.value = "";
    });
    const form = $("start-execution");
    form.addEventListener("submit", (event) => { event.preventDefault(); this.start(); });
  }

  /** The editor, loaded when it is first needed. */
  editor() {
    return (this.loading ||= import(this.root.dataset.editor).then(({ Editor }) => {
      this.edits = new Editor({
        check: (text) => this.check(text),
        onStates: (states) => { this.states = states; this.stateList(); },
        onCaret: (line, state) => { $("editor-status").textContent = `Line ${line}${state ? `, in ${state}` : ""}`; if (state && state !== this.state && document.activeElement === this.text) this.choose(state, false, false); },
        onChange: () => this.changed(),
      });
      this.changed();
      this.edits.choose(this.state, true);
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
    for (const [name, value] of Object.entries({ definition: text, content: this.lab.root.dataset.slug, node: this.node, type: this.root.dataset.type })) body.set(name, value);
    body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    const answer = await fetch(this.root.dataset.check, { method: "POST", body });
    if (!answer.ok) throw new Error("not checked");
    return answer.json();
  }

  async save() {
    const editor = await this.editor(), problems = await editor.verify(), text = editor.value;
    if (problems === null) { announce("The definition could not be checked: the server did not answer. Nothing was saved; try again."); return; }
    if (problems.length) { editor.goTo(problems[0]); announce(`Not saved. ${editor.inWords(problems[0])}`); return; }
    const button = $("save-definition");
    button.setAttribute("aria-busy", "true");
    try {
      const behaviour = Object.fromEntries(Object.entries(this.behaviour || {}).filter(([name, value]) => value || this.hadBehaviour?.[name]));
      await this.lab.act({ type: "command", action: "SetParameter", target: this.node, parameters: { ...behaviour, definition: JSON.parse(text) } });
      this.hadBehaviour = { ...this.hadBehaviour, ...behaviour };
      this.behaviour = null;
      this.saved = text;
      this.changed();
      await this.ask(true);
      announce(`Saved as version ${this.version}. Running executions keep the definition that they were started with.`);
    } catch (refusal) { announce(`Not saved. ${refusal.says || "The server did not answer."}`); $("editor-status").textContent = `Not saved: ${refusal.says || "no answer"}`; }
    button.removeAttribute("aria-busy");
  }

  async start() {
    const field = $("execution-input"), input = field.value.trim() || "{}";
    try { JSON.parse(input); } catch { this.refuse(notJson(field.value), true); return; }
    this.refuse(null);
    this.started = performance.now();
    try {
      await this.lab.act({ type: "command", action: "StartExecution", target: this.node, parameters: { input } });
      this.execution = 0;
      this.lab.fresh = false;
      if (!this.lab.clock.running && !this.lab.clock.looking) this.lab.clockDo("play");
      this.ask(true);
    } catch (refusal) { this.refuse(refusal.says || "The server did not answer."); }
  }

  refuse(says, focus = false) {
    const place = $("execution-error"), field = $("execution-input");
    place.hidden = !says;
    says ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
    if (says) place.lastElementChild.textContent = says;
    if (focus) field.focus();
  }

  // --- What the server tells ---

  picture(frame) {
    this.known = { id: 0, rows: 0 };
    this.machines = new Map(frame.architecture.nodes.filter(({ kind }) => kind === "state_machine").map((node) => [node.id, node]));
    const definition = this.machines.get(this.node)?.parameters?.definition;
    if (definition && this.text.value === this.saved && document.activeElement !== this.text) {
      let same = false;
      try { same = JSON.stringify(JSON.parse(this.saved)) === JSON.stringify(definition); } catch { /* what stands here is no JSON: the document's own comes in its place */ }
      if (!same) { this.saved = this.text.value = pretty(definition); this.edits?.set(this.saved); }
    }
    this.ask(true);
  }

  /** In a lab with several machines: everything is about that one from now on. What was typed for the other one is kept. */
  turnTo(id) {
    const machine = this.machines?.get(id);
    if (!machine || id === this.node) return;
    this.lab.stage.instead.delete(this.node);
    this.node = this.root.dataset.node = id;
    this.root.dataset.type = machine.parameters.type || "STANDARD";
    this.key = `definition:${this.lab.root.dataset.slug}:${id}`;
    this.saved = pretty(machine.parameters.definition);
    this.text.value = sessionStorage.getItem(this.key) ?? this.saved;
    this.behaviour = this.told = this.state = null;
    this.states = {};
    this.execution = 0;
    this.known = { id: 0, rows: 0 };
    $("definition-heading").textContent = `Definition: ${machine.label || id}`;
    this.text.setAttribute("aria-label", `Definition of ${machine.label || id}, Amazon States Language`);
    if (this.edits) this.edits.set(this.text.value); else this.changed();
    announce(`Definition, history and cost are those of ${machine.label || id}.`);
    this.ask();
  }

  heard({ records = [], parts, jump }) {
    if (performance.now() - this.started < 3000) {
      const refused = records.find((record) => record.type === "refused" && record.node === this.node);
      if (refused) this.refuse(refused.says);
    }
    if (jump || this.node in (parts || {}) || records.some(({ node }) => node === this.node)) this.later();
  }

  later() { this.waits ||= setTimeout(() => { this.waits = 0; this.ask(); }, ASK_EVERY_MS); }

  async ask() {
    if (!this.lab.connection?.ready) return;
    if (this.asking) { this.again = true; return this.asking; }
    const state = this.state && this.state in this.states ? { state: this.state } : {};
    const { node } = this, since = this.known.id && this.known.id === (this.execution || this.newest) ? this.known.rows : 0;
    this.asking = this.lab.connection.ask({ type: "inspect", node, execution: this.execution, since, narrow: this.lab.stage.narrow.matches, ...state });
    try {
      const facts = await this.asking;
      const another = since && facts.chosen !== this.known.id; // it is the newest by now, and its whole history is wanted
      if (another) this.known = { id: 0, rows: 0 };
      if (another || node !== this.node) this.again = true;
      else this.take(facts);
    } catch { /* the next picture asks again */ }
    this.asking = null;
    if (this.again) { this.again = false; return this.ask(); }
  }

  take(facts) {
    this.version = facts.version;
    this.newest = facts.executions[0]?.id || 0;
    $("save-definition").textContent = `Save as v${facts.version + 1}`;
    $("undo-definition").lastElementChild.textContent = `Back to v${facts.version}`;
    $("runs-version").textContent = facts.runs;
    this.list(facts);
    this.history(facts);
    this.told = facts.states;
    this.stateList();
    if (facts.html) this.show(facts.html);
    else if (this.state) this.show(null);
    this.waiting(facts.waiting);
    this.cost(facts.cost);
    const { stage } = this.lab, other = facts.part || null;
    if (other) { stage.instead.set(this.node, other); stage.swap(this.node, other); } else if (stage.instead.delete(this.node)) this.lab.connection.refresh();
    this.ring();
  }

  list({ executions, chosen }) {
    const select = $("execution"), words = executions.map(({ id, name, status }) => [id, `${name}, ${status.toLowerCase().replace("_", " ")}`]);
    const key = JSON.stringify([words, chosen]);
    if (key === this.listed) return;
    this.listed = key;
    select.replaceChildren(...(words.length ? words : [[0, "No execution yet"]]).map(([id, text]) => new Option(text, id, id === chosen, id === chosen)));
  }

  history({ chosen, events = 0, from = 0, rows = "" }) {
    const body = $("history-rows"), wrap = $("history-wrap"), low = wrap.scrollTop + wrap.clientHeight >= wrap.scrollHeight - 30;
    if (chosen !== this.known.id || from !== this.known.rows || !from) body.innerHTML = rows;
    else body.insertAdjacentHTML("beforeend", rows);
    this.known = { id: chosen, rows: events };
    $("event-count").textContent = `${events.toLocaleString("en-GB")} event${events === 1 ? "" : "s"}`;
    this.filter();
    if (low) wrap.scrollTop = wrap.scrollHeight;
  }

  filter() {
    const wanted = document.querySelector("[name=history-filter]:checked").value, body = $("history-rows");
    let shown = 0;
    for (const row of body.rows) {
      row.hidden = (wanted === "errors" && !("error" in row.dataset)) || (wanted === "state" && row.dataset.state !== (this.state || ""));
      row.classList.toggle("selected", Boolean(this.state) && row.dataset.state === this.state);
      shown += !row.hidden;
    }
    const empty = $("history-empty");
    empty.hidden = shown > 0;
    empty.textContent = !body.rows.length ? "No event yet. Start an execution, and its history stands here."
      : wanted === "errors" ? "Nothing has failed in this execution." : this.state ? `The execution has not come to ${this.state}.` : "Choose a state, and its events stand here.";
  }

  /** The chosen state's first row in sight, unless one of them is. */
  toRow() {
    const wrap = $("history-wrap"), rows = [...$("history-rows").querySelectorAll("tr.selected:not([hidden])")], high = 30;
    const seen = rows.some((row) => row.offsetTop >= wrap.scrollTop + high && row.offsetTop + row.offsetHeight <= wrap.scrollTop + wrap.clientHeight);
    if (rows.length && !seen) wrap.scrollTop = rows[0].offsetTop - high;
  }

  stateList() {
    const select = $("state-choice"), words = { ok: "succeeded", run: "running", wait: "waiting", fail: "failed", caught: "error caught", idle: "not run" };
    const names = Object.keys({ ...this.states, ...this.told }), options = names.map((name) => [name, this.told?.[name] ? `${name}, ${words[this.told[name].status]}` : name]);
    const key = JSON.stringify([options, this.state]);
    if (key === this.stated) return;
    this.stated = key;
    select.replaceChildren(new Option("Choose a state …", ""), ...options.map(([name, text]) => new Option(text, name, false, name === this.state)));
  }

  // --- One state, chosen anywhere ---

  panels() {
    $("execution").addEventListener("change", ({ target }) => { this.execution = Number(target.value) === this.newest ? 0 : Number(target.value); this.ask(); });
    $("history-filter").addEventListener("change", () => this.filter());
    $("state-choice").addEventListener("change", ({ target }) => this.choose(target.value || null, true));
    $("history-rows").addEventListener("click", ({ target }) => { const row = target.closest("tr"); if (row?.dataset.state) this.choose(row.dataset.state, true); });
    $("state-tabs").addEventListener("click", ({ target }) => { const tab = target.closest("[data-part]"); if (tab) { this.part = tab.dataset.part; this.tabs(); } });
    $("waiting-list").addEventListener("click", ({ target }) => { const button = target.closest("[data-do]"); if (button) this.settle(button); });
  }

  choose(state, scroll = false, load = true) {
    if (this.state === state && !scroll) return;
    this.state = state;
    this.stateList();
    this.filter();
    this.toRow();
    this.ring();
    if (load && document.querySelector(".lab-page").dataset.left === "definition") this.editor().then((editor) => editor.choose(state, scroll));
    else this.edits?.choose(state, scroll);
    if (load) document.dispatchEvent(new CustomEvent("show-tab", { detail: "inspector" }));
    if (this.lab.connection?.ready) this.ask();
    else this.show(document.querySelector(`.every-state [data-state="${CSS.escape(state || "")}"]`)?.outerHTML || null);
  }

  show(html) {
    const place = $("state-shown");
    $("state-heading").textContent = this.state || "State";
    $("state-tabs").hidden = !html;
    const shown = html || `<p class="small-text muted">${this.state ? "The execution has no such state: it runs another version of the definition, or none has been started." : "Choose a state in the graph, in the history or in the definition."}</p>`;
    if (shown === this.shown) return;
    this.shown = place.innerHTML = shown;
    this.shown = shown;
    this.tabs();
  }

  tabs() {
    for (const tab of $("state-tabs").children) tab.setAttribute("aria-pressed", tab.dataset.part === this.part);
    let part = "";
    for (const each of document.querySelectorAll("#state-shown .state-data > *")) {
      if (each.matches("h3")) part = each.textContent;
      each.hidden = part !== this.part;
    }
  }

  ring() {
    this.lab.stage.svg?.querySelectorAll(".st.selected").forEach((each) => each.classList.remove("selected"));
    if (this.state) this.lab.stage.svg?.querySelector(`.st[data-state="${CSS.escape(this.state)}"]`)?.classList.add("selected");
  }

  // --- Tasks that wait for their token ---

  waiting(tasks) {
    $("waiting-tasks").hidden = !tasks.length;
    const list = $("waiting-list"), here = new Set(tasks.map(({ token }) => token));
    for (const [token, form] of this.tokens) if (!here.has(token)) { form.remove(); this.tokens.delete(token); }
    tasks.forEach(({ token, state, execution }, place) => {
      if (this.tokens.has(token)) return;
      const form = document.createElement("form"), id = `waiting-${place}-${token.length}-${this.tokens.size}`;
      form.className = "waiting-task";
      form.dataset.token = token;
      form.noValidate = true;
      form.addEventListener("submit", (event) => event.preventDefault());
      form.innerHTML = `<p><b></b> <span class="caption dim"></span></p>
        <div class="field"><label for="${id}-output">Output, JSON</label><textarea class="input mono" id="${id}-output" rows="2" spellcheck="false" aria-describedby="${id}-error">{"approved": true}</textarea></div>
        <div class="row"><button class="button small primary" type="button" data-do="approve">Approve</button><button class="button small" type="button" data-do="reject">Reject</button></div>
        <details><summary>Error and cause of a rejection</summary><div class="field"><label for="${id}-name">Error</label><input class="input mono" id="${id}-name" value="Rejected" maxlength="256"></div><div class="field"><label for="${id}-cause">Cause</label><input class="input" id="${id}-cause" value="Rejected by hand"></div></details>
        <p class="field-error" id="${id}-error" role="alert" hidden><svg class="mark" viewBox="0 0 16 16" aria-hidden="true"><use href="#mark-fail"/></svg><span></span></p>`;
      form.querySelector("b").textContent = state;
      form.querySelector("p span").textContent = execution;
      form.querySelectorAll("[data-do]").forEach((button) => button.setAttribute("aria-label", `${button.textContent} ${state} of ${execution}`));
      list.append(form);
      this.tokens.set(token, form);
    });
  }

  async settle(button) {
    const form = button.closest("form"), field = form.querySelector("textarea"), [name, cause] = form.querySelectorAll("input"), place = form.querySelector(".field-error");
    const refuse = (says) => { place.hidden = !says; if (says) place.lastElementChild.textContent = says; };
    const approves = button.dataset.do === "approve";
    if (approves) {
      try { JSON.parse(field.value); } catch { field.setAttribute("aria-invalid", "true"); refuse(notJson(field.value)); field.focus(); return; }
    }
    field.removeAttribute("aria-invalid");
    const parameters = approves ? { taskToken: form.dataset.token, output: field.value } : { taskToken: form.dataset.token, error: name.value, cause: cause.value };
    try {
      await this.lab.act({ type: "command", action: approves ? "SendTaskSuccess" : "SendTaskFailure", target: this.node, parameters });
      refuse(null);
      announce(approves ? "Approved." : "Rejected.");
      this.ask();
    } catch (refusal) { refuse(refusal.says || "The server did not answer."); }
  }

  // --- Cost ---

  cost({ transitions, retries, usd, price, dated, all_transitions, all_usd, type }) {
    this.root.dataset.type = type;
    $("cost-transitions").textContent = transitions.toLocaleString("en-GB");
    $("cost-of-which").textContent = `state transitions${retries ? `, ${retries} of them retries` : ""}`;
    $("cost-usd").textContent = usd;
    $("cost-price").textContent = `at ${price} (${dated})`;
    $("cost-all").textContent = `All executions: ${all_transitions} transitions, ${all_usd}.${type === "STANDARD" ? " The first 4,000 transitions of a month are free." : ""}`;
  }
}
