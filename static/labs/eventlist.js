// The history of the chosen execution: a table that grows with the run, and what of it is shown.

import { announce } from "../js/page.js";

const HEAD = 30;
const $ = (id) => document.getElementById(id);
const buttonOf = (row) => row.querySelector("button");

export class EventList {
  constructor(flow) {
    this.flow = flow;
    this.known = { id: Number($("execution").value) || 0, rows: $("history-rows").rows.length };
    this.own = null; // the events of the chosen item of a Map
    $("execution").addEventListener("change", ({ target }) => flow.follow(Number(target.value)));
    $("redrive").addEventListener("click", () => this.redrive());
    $("history-filter").addEventListener("change", () => this.filter());
    $("history-rows").addEventListener("focusin", ({ target }) => this.stopAt(target.closest("tr")));
    $("history-rows").addEventListener("keydown", (event) => this.walk(event));
    $("history-rows").addEventListener("click", ({ target }) => { const row = target.closest("tr"); if (row?.dataset.state) flow.choose(row.dataset.state, true); });
  }

  forget() { this.known = { id: 0, rows: 0 }; }

  /** What did not succeed runs again, in the same execution. */
  async redrive() {
    const { lab, node } = this.flow;
    try {
      await lab.act({ type: "command", action: "RedriveExecution", target: node, parameters: { executionArn: this.arn } });
      announce("Redriven: what did not succeed runs again.");
      if (!lab.clock.running && !lab.clock.looking) lab.clockDo("play");
      $("execution").focus();
    } catch (refusal) { lab.complain(refusal.says || "The server did not answer.", refusal.code); }
  }

  executions({ executions, chosen, redrivable, arn }) {
    this.arn = arn;
    $("redrive").hidden = !redrivable || !this.flow.lab.mayControl;
    const select = $("execution"), words = executions.map(({ id, name, status }) => [id, `${name}, ${status.toLowerCase().replace("_", " ")}`]);
    const key = JSON.stringify([words, chosen]);
    if (key === this.listed) return;
    this.listed = key;
    select.replaceChildren(...(words.length ? words : [[0, "No execution yet"]]).map(([id, text]) => new Option(text, id, id === chosen, id === chosen)));
  }

  /** `child`: the chosen child of a distributed Map, whose history this is. */
  show({ chosen, child, events = 0, from = 0, rows = "", of_item }) {
    const id = child?.id ?? chosen, again = child && id === this.known.id && rows === this.rows;
    const body = $("history-rows"), wrap = $("history-wrap"), low = id !== this.shown || wrap.scrollTop + wrap.clientHeight >= wrap.scrollHeight - HEAD;
    const at = body.contains(document.activeElement) && document.activeElement.closest("tr").dataset.event;
    if (!again && (id !== this.known.id || from !== this.known.rows || !from)) body.innerHTML = rows;
    else if (!again) body.insertAdjacentHTML("beforeend", rows);
    this.known = { id, rows: events };
    this.shown = id;
    this.rows = child && rows;
    this.lost = child && !child.kept;
    this.own = of_item ? new Set(of_item.map(String)) : null;
    $("event-count").textContent = `${child ? `${child.name}: ` : ""}${events.toLocaleString("en-GB")} event${events === 1 ? "" : "s"}`;
    this.filter();
    if (at && !body.contains(document.activeElement)) (body.querySelector(`[data-event="${at}"]:not([hidden]) button`) || (this.stop && buttonOf(this.stop)))?.focus();
    if (low) wrap.scrollTop = wrap.scrollHeight;
  }

  filter() {
    const wanted = document.querySelector("[name=history-filter]:checked").value, body = $("history-rows"), { state } = this.flow;
    let shown = 0;
    for (const row of body.rows) {
      const mine = row.dataset.state === (state || "") && (!this.own || this.own.has(row.dataset.event));
      row.hidden = (wanted === "errors" && !("error" in row.dataset)) || (wanted === "state" && !mine);
      row.classList.toggle("selected", Boolean(state) && mine);
      shown += !row.hidden;
    }
    if (!this.stop?.isConnected || this.stop.hidden) this.stopAt([...body.rows].findLast((row) => !row.hidden && buttonOf(row)));
    const empty = $("history-empty");
    empty.hidden = shown > 0;
    empty.textContent = this.lost ? "What happened in this child is not kept any more: there are too many of them." : !body.rows.length ? "No event yet. Start an execution, and its history stands here."
      : wanted === "errors" ? "Nothing has failed in this execution." : state ? `The execution has not come to ${state}.` : "Choose a state, and its events stand here.";
  }

  /** Of all rows one can be come to by Tab; from there the arrows lead. */
  stopAt(row) {
    if (this.stop) buttonOf(this.stop).tabIndex = -1;
    this.stop = row;
    if (row) buttonOf(row).tabIndex = 0;
  }

  walk(event) {
    const ahead = { ArrowDown: 1, End: 1, ArrowUp: -1, Home: -1 }[event.key], far = event.key === "Home" || event.key === "End";
    if (!ahead || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const rows = [...$("history-rows").rows].filter((row) => !row.hidden && buttonOf(row)), at = rows.indexOf(event.target.closest("tr"));
    buttonOf(rows.at(far ? (ahead > 0 ? -1 : 0) : Math.min(Math.max(at + ahead, 0), rows.length - 1))).focus();
  }

  /** The chosen state's first row in sight, unless one of them is. */
  toRow() {
    const wrap = $("history-wrap"), rows = [...$("history-rows").querySelectorAll("tr.selected:not([hidden])")];
    const seen = rows.some((row) => row.offsetTop >= wrap.scrollTop + HEAD && row.offsetTop + row.offsetHeight <= wrap.scrollTop + wrap.clientHeight);
    if (rows.length && !seen) wrap.scrollTop = rows[0].offsetTop - HEAD;
  }
}
