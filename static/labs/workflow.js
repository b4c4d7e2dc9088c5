// What a lab with state machines has beside its stage: definition, executions, history, the data of one state, tokens
// that wait, cost. Machine, execution, state and item are chosen for all of them at once. The facts come from the server
// for the instant that the stage shows, so that looking back shows them as they were.

import { announce } from "../js/page.js";
import { Costs } from "./costs.js";
import { Definition } from "./definition.js";
import { EventList } from "./eventlist.js";
import { Handed } from "./handed.js";
import { States } from "./states.js";
import { Tasks } from "./tasks.js";
import { Zoom } from "./zoom.js";

const ASK_EVERY_MS = 350, STARTS_WITHIN_MS = 1500;
const LOOK_EVERY_MS = 60, DRAWN_WITHIN_MS = 180, MOST_HELD_MS = 5000;

export class Workflow {
  constructor(lab) {
    this.lab = lab;
    this.node = document.getElementById("definition").dataset.node;
    this.state = null;
    this.execution = this.newest = 0; // 0: the newest, whichever it is
    this.item = -1; // all of them
    this.zoom = new Zoom(lab.stage);
    this.states = new States(this);
    this.history = new EventList(this);
    this.tasks = new Tasks(this);
    this.costs = new Costs(lab.tellCost);
    this.handed = new Handed(lab.stage);
    this.definition = new Definition(this);
    this.handed.show(this.node, JSON.parse(document.getElementById("handed").textContent), null);
    this.selects = [...document.querySelectorAll(".machine-choice")];
    for (const select of this.selects) select.addEventListener("change", () => this.turnTo(select.value));
    lab.stage.onSwap = (id) => { if (id === this.node) this.drawn(); };
    if (lab.connection?.ready) this.ask();
  }

  /** The machine's picture was drawn anew: what this page puts on it comes again. */
  drawn() {
    this.states.ring();
    this.handed.draw();
  }

  // --- What the server tells ---

  picture({ architecture }) {
    const first = !this.machines;
    this.history.forget();
    this.definition.hadBehaviour = null; // this picture has it
    this.machines = new Map(architecture.nodes.filter(({ kind, group }) => kind === "state_machine" && !group).map((node) => [node.id, node]));
    const options = [...this.machines].map(([id, { label }]) => [id, label || id]);
    for (const select of this.selects) this.states.fill(select, options, this.node);
    const [own] = this.machines.keys();
    if (own !== undefined && own !== this.node && ((first && !this.turned) || !this.machines.has(this.node))) { this.turnTo(own, false); return; } // an act may be about another machine than the lab's page
    const definition = this.machines.get(this.node)?.parameters?.definition;
    if (definition) this.definition.take(definition);
    this.ask();
  }

  heard({ records = [], parts = {}, jump }) {
    const refused = records.findLast(({ type }) => type === "refused");
    if (refused && !this.definition.heard(refused)) this.lab.complain(refused.says); // the history of an execution has no word of it
    this.follows(records);
    const mine = ({ node }) => node === this.node || (this.costs.compares && this.machines?.has(node));
    if (jump || this.node in parts || records.some(mine)) this.later();
  }

  /** A button that starts an execution of another machine brings that one here. Where orders come by themselves nobody has asked. */
  follows(records) {
    if (this.costs.compares || performance.now() - this.lab.pressedAt > STARTS_WITHIN_MS) return;
    const started = records.filter(({ type, node }) => type === "ExecutionStarted" && this.machines?.has(node)).map(({ node }) => node);
    if (!started.length) return;
    this.lab.pressedAt = -Infinity;
    if (!started.includes(this.node)) this.turnTo(started[0]);
  }

  later() { this.waits ||= setTimeout(() => { this.waits = 0; this.ask(false); }, ASK_EVERY_MS); }

  /** What nobody waits for comes in step with the picture; what somebody has chosen comes at once. */
  async ask(hurries = true) {
    const { connection, stage } = this.lab;
    if (!connection?.ready) return;
    this.hurries = hurries || (this.asking && this.hurries);
    if (this.asking) { this.again = true; return this.asking; }
    const { node, history, states } = this, since = history.known.id && history.known.id === (this.execution || this.newest) ? history.known.rows : 0;
    const state = this.state && states.knows(this.state) ? { state: this.state } : {}, item = this.item >= 0 && states.map ? { map: states.map, item: this.item } : {};
    const answer = connection.ask({ type: "inspect", node, execution: this.execution, since, narrow: stage.narrow.matches, ...state, ...item });
    this.asking = answer.then((facts) => this.shown(node, facts), () => null); // without an answer the next picture asks again
    const facts = await this.asking;
    this.asking = null;
    const another = facts && since && facts.chosen !== history.known.id; // it is the newest by now, and its whole history is wanted
    if (another) history.forget();
    else if (facts && node === this.node) this.take(facts);
    if (another || node !== this.node || this.again) { this.again = false; return this.ask(node !== this.node || this.hurries); }
  }

  /** The facts, once the machine's picture shows what they tell: it comes with the next batch, and messages that start the machine may still be on their way. */
  async shown(node, facts) {
    const { stage } = this.lab, until = performance.now() + MOST_HELD_MS;
    const rest = (ms) => new Promise((go) => setTimeout(go, ms));
    if (!this.hurries) await rest(DRAWN_WITHIN_MS);
    const at = Math.max(facts.now_ms, stage.newestOf(node));
    while (!this.hurries && stage.nowOf(node) < at && performance.now() < until) await rest(LOOK_EVERY_MS);
    return facts;
  }

  take(facts) {
    const { stage, connection } = this.lab;
    this.newest = facts.executions[0]?.id || 0;
    this.states.told = facts.states;
    this.states.inside = facts.inside || {};
    this.definition.tell(facts);
    this.history.executions(facts);
    this.history.show(facts);
    if (this.looksFor) this.history.toRow();
    this.looksFor = false;
    this.states.list();
    if (facts.html || this.state) this.states.show(facts.html || null);
    this.tasks.show(facts.waiting);
    this.costs.show(facts.cost, facts.bills);
    this.handed.show(this.node, facts.handed || {}, this.state);
    if (facts.part) { stage.instead.set(this.node, facts.part); stage.swap(this.node, facts.part); }
    else if (stage.instead.delete(this.node)) connection.refresh();
    this.drawn();
  }

  // --- What is chosen ---

  /** In a lab with several machines: everything is about that one from now on. */
  async turnTo(id, says = true) {
    if (id === this.node) return;
    this.turned = true;
    const machine = this.machines ? this.machines.get(id) : await this.atRest(id);
    if (!machine) return;
    const title = machine.label || id;
    if (this.lab.stage.instead.delete(this.node)) this.lab.connection.refresh();
    this.node = this.definition.root.dataset.node = id;
    this.state = null;
    this.states.lines = this.states.told = this.states.inside = {};
    this.execution = 0;
    this.item = -1;
    this.history.forget();
    for (const select of this.selects) select.value = id;
    this.states.show(null);
    this.lab.stage.sight.see(this.lab.stage.node(id));
    this.definition.turnTo(machine, title);
    if (says) announce(`Definition, history and cost are those of ${title}.`);
    if (this.machines) this.ask();
    else this.history.show({ chosen: null });
  }

  /** A machine of the lab as the course has it, before there is a run. */
  async atRest(id) {
    const address = [...document.querySelectorAll("#example option")].find(({ value }) => value.endsWith(`/${this.lab.root.dataset.slug}/${id}/`))?.value;
    const answer = address && await fetch(address).catch(() => null);
    if (!answer?.ok) return null;
    const { text, title, type, behaviour } = await answer.json();
    return { label: title, parameters: { ...behaviour, type, definition: JSON.parse(text) } };
  }

  async parameters() { return (this.machines ? this.machines.get(this.node) : await this.atRest(this.node))?.parameters; }

  /** Another execution, or the newest one (0). */
  follow(uid) {
    this.execution = uid === this.newest ? 0 : uid;
    this.item = -1;
    this.ask();
  }

  /** The editor knows where its states stand. */
  knows(lines) {
    this.states.lines = lines;
    this.states.list();
  }

  choose(state, scroll = false, load = true) {
    if (this.state === state && !scroll) return;
    const map = this.states.map;
    this.state = state;
    this.states.list();
    if (this.states.map !== map) this.item = -1;
    this.history.filter();
    this.history.toRow();
    this.drawn();
    this.lab.stage.sight.see(this.lab.stage.root.querySelector(".st.selected"));
    this.definition.choose(state, scroll, load);
    if (load) document.dispatchEvent(new CustomEvent("show-tab", { detail: "inspector" }));
    if (this.lab.connection?.ready) this.ask();
    else this.states.show(document.querySelector(`.every-state [data-state="${CSS.escape(state || "")}"]`)?.outerHTML || null);
  }

  /** One item of a Map (-1: all): the states inside it show how that one went. */
  chooseItem(map, item) {
    if (this.states.map !== map || this.state === map) this.choose(item < 0 ? map : this.states.firstIn(map), true);
    this.states.map = map;
    this.item = item;
    this.looksFor = true; // its rows are known with the next facts
    this.states.list();
    this.ask();
  }
}
