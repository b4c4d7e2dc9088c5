// Beside the stage: the inspector, and what just happened in words.

import { announce } from "../js/page.js";

const SAY_EVERY_MS = 5000, SHOW_EVERY_MS = 250, INSPECT_EVERY_MS = 700, FIGURES_EVERY_MS = 300, TABLE_EVERY_MS = 1900, MOST_LINES = 300;
const AGE = "ApproximateAgeOfOldestMessage";
const QUIET = new Set(["empty_receive", "work_started", "visibility_changed"]);
const DONE = {
  deleted: "deleted", returned: "returned", moved_to_dlq: "moved to a dead-letter queue", sent: "sent", published: "published", delivered: "delivered",
  received: "received", written: "saved", filtered_out: "filtered out", expired: "expired", dropped: "lost", delivery_failed: "tried in vain", redriven: "redriven",
};
const originOf = (id) => Math.floor(id / 256);

/** The last three events, a running text, and the one polite voice of the page. */
export class Happened {
  constructor(clock) {
    this.clock = clock;
    this.list = document.getElementById("happened");
    this.text = document.getElementById("transcript");
    this.lines = [];
    this.unsaid = [];
    this.started = false;
    document.getElementById("as-text").addEventListener("toggle", () => this.write());
  }

  add(records) {
    const told = records.filter((record) => record.says && !QUIET.has(record.type));
    if (!told.length) return;
    const known = this.lines.at(-1)?.sequence ?? 0;
    this.lines.push(...told.filter(({ sequence }) => !(sequence <= known)).map(({ at_ms, says, sequence }) => ({ at_ms, says, sequence })));
    if (this.lines.length > MOST_LINES) this.lines.splice(0, this.lines.length - MOST_LINES);
    this.unsaid.push(...told);
    this.waits ||= setTimeout(() => { this.waits = 0; this.write(); }, SHOW_EVERY_MS);
    this.saying ||= setTimeout(() => this.speak(), this.started ? SAY_EVERY_MS : 600);
    this.started = true;
  }

  /** A whole picture came: what happened before it stands in its table. */
  begin(table) {
    this.lines = [...table.querySelectorAll(".happened li[data-sequence]")].reverse().map((item) => ({
      sequence: Number(item.dataset.sequence), at_ms: Number(item.querySelector("time").dataset.atMs), says: [...item.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent).join("").trim(),
    }));
    this.write();
  }

  /** The clock was set back or forth: only what has happened by then is told. */
  jumped() { this.waits ||= setTimeout(() => { this.waits = 0; this.write(); }, SHOW_EVERY_MS); }

  write() {
    const line = ({ at_ms, says }) => {
      const item = document.createElement("li"), time = document.createElement("time"), text = document.createElement("span");
      time.textContent = this.clock(at_ms);
      text.textContent = says;
      item.append(time, text);
      return item;
    };
    const until = this.until?.() ?? Infinity, lines = this.lines.filter((each) => each.at_ms <= until), newest = lines.slice(-3).reverse();
    const key = newest.map((each) => each.sequence).join();
    if (newest.length && key !== this.shown) { this.shown = key; this.list.replaceChildren(...newest.map(line)); }
    if (lines.length && document.getElementById("as-text").open) this.text.replaceChildren(...lines.reverse().map(line));
  }

  /** One sentence for all that has happened since the last one. */
  speak() {
    this.saying = 0;
    const told = this.unsaid;
    this.unsaid = [];
    if (!told.length) return;
    if (told.length <= 2) { announce(told.map((record) => record.says).join(" ")); return; }
    const grave = told.findLast((record) => record.status === "fail" || record.type === "crashed" || record.type === "alarm");
    if (told.some((record) => record.of_many)) { // nobody told all of them, so they cannot be counted
      announce([...new Set([grave?.says, told.at(-1).says])].filter(Boolean).join(" "));
      return;
    }
    const counts = new Map();
    for (const { type } of told) if (DONE[type]) counts.set(type, (counts.get(type) || 0) + 1);
    const parts = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3).map(([type, many]) => `${many} ${DONE[type]}`);
    const summary = parts.length ? `${parts.join(", ").replace(/^(\d+)/, (n) => `${n} ${n === "1" ? "message" : "messages"}`)}.` : told.at(-1).says;
    announce(`${grave && grave !== told.at(-1) ? `${grave.says} ` : ""}${summary}`);
  }
}

/** What was chosen in the diagram, kept up to date. */
export class Inspector {
  constructor({ ask, onChosen, stage }) {
    Object.assign(this, { ask, onChosen, stage, chosen: null });
    this.panel = document.getElementById("inspected");
    this.rest = this.panel.innerHTML;
    const follow = (event) => {
      const link = event.target.closest?.("[data-inspect-message], [data-inspect-node], [data-back]");
      if (!link || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      if (link.dataset.back !== undefined) this.close();
      else this.choose(link.dataset.inspectMessage ? { message: Number(link.dataset.inspectMessage) } : { node: link.dataset.inspectNode });
    };
    document.getElementById("inspector").addEventListener("click", follow);
    this.panel.addEventListener("keydown", (event) => { if (event.key === "Escape" && this.chosen) { event.stopPropagation(); this.close(); } });
  }

  async choose(what) {
    this.from = document.activeElement?.closest?.("a[data-node]")?.dataset.node || what.node || this.from;
    this.chosen = what;
    this.onChosen(what);
    document.dispatchEvent(new CustomEvent("show-tab", { detail: "inspector" }));
    await this.refresh(true);
    this.panel.focus({ preventScroll: true });
    this.panel.closest(".inspector").scrollTo?.({ top: 0 });
  }

  close() {
    this.chosen = null;
    this.onChosen({});
    this.panel.innerHTML = this.rest;
    this.stage.node(this.from || "")?.focus?.({ preventScroll: true });
  }

  /** A batch came: is what is shown still true? */
  heard({ records, parts, counts, jump }) {
    if (!this.chosen) return;
    const { node, message } = this.chosen, many = Object.keys(counts || {}).length > 0; // then not every record is told
    const touched = jump || (node !== undefined ? node in (parts || {}) : many || (records || []).some((record) => record.id !== null && originOf(record.id) === originOf(message)));
    if (touched) this.waits ||= setTimeout(() => { this.waits = 0; this.refresh(); }, INSPECT_EVERY_MS);
    if (node !== undefined) this.figuring ||= setTimeout(() => this.figures(), FIGURES_EVERY_MS);
  }

  /** A node's figures change with the clock, also where nothing happens to it. */
  async figures() {
    const asked = this.chosen;
    try {
      const { figures, now_ms } = await this.ask({ type: "inspect", node: asked.node, figures: true });
      if (asked !== this.chosen) return;
      for (const cell of this.panel.querySelectorAll("[data-metric]")) {
        const text = figures[cell.dataset.metric];
        if (cell.dataset.metric === AGE) this.aged(now_ms, text);
        if (text !== undefined && text !== cell.textContent && !(this.age?.cell === cell && this.grows && this.age.seconds > 0)) { cell.textContent = text; this.html = null; }
      }
    } catch { /* the next batch asks again */ } finally { this.figuring = 0; }
  }

  /** Of an age: what it was, and when. Until the next answer it grows by itself. */
  aged(now_ms, text) {
    const cell = this.panel.querySelector(`[data-metric="${AGE}"]`);
    this.age = cell && { cell, at: now_ms, seconds: Number((text ?? cell.textContent).replaceAll(",", "")) };
  }

  tick(now_ms, running) {
    this.grows = running && this.age?.seconds > 0;
    if (!this.grows || !this.age.cell.isConnected || now_ms <= this.age.at) return;
    const text = (this.age.seconds + (now_ms - this.age.at) / 1000).toLocaleString("en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    if (this.age.cell.textContent !== text) this.age.cell.textContent = text;
  }

  async refresh(now = false) {
    if (!this.chosen) return;
    const asked = this.chosen, answer = this.ask({ type: "inspect", ...asked });
    if (!answer) { this.show(this.atRest(asked)); return; }
    try {
      const { html, now_ms } = await answer;
      if (asked !== this.chosen) return;
      this.show(html);
      this.aged(now_ms);
    } catch (refusal) {
      if (asked === this.chosen && now && refusal.code !== "offline") {
        const says = document.createElement("p");
        says.className = "small-text muted";
        says.textContent = refusal.says;
        this.show(says.outerHTML);
      }
    }
  }

  /** Before a run is started only what the diagram itself says is known. */
  atRest({ node }) {
    const label = node && this.stage.node(node)?.getAttribute("aria-label");
    if (!label) return this.rest;
    const [name, ...facts] = label.split(", "), holder = document.createElement("div");
    holder.append(Object.assign(document.createElement("h3"), { className: "inspector-title", textContent: name }));
    const list = document.createElement("ul");
    list.className = "plain-facts";
    for (const fact of facts) list.append(Object.assign(document.createElement("li"), { textContent: fact }));
    holder.append(list, Object.assign(document.createElement("p"), { className: "small-text muted", textContent: "Press Play or one of the lab’s buttons to see its attributes, figures and messages here." }));
    return holder.innerHTML;
  }

  show(html) {
    if (this.html === html && this.panel.querySelector("[data-back]")) return;
    this.html = html;
    const active = this.panel.contains(document.activeElement) ? document.activeElement : null;
    const key = active?.dataset.inspectMessage, open = [...this.panel.querySelectorAll("details")].map((each) => each.open);
    this.panel.innerHTML = `<button class="button quiet small square inspected-close" type="button" data-back aria-label="Close"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="m6 6 12 12M18 6 6 18"/></svg></button><h2 class="visually-hidden">Inspected</h2>${html}`;
    this.panel.querySelectorAll("details").forEach((each, place) => { each.open = open[place] || false; });
    if (active) (key ? this.panel.querySelector(`[data-inspect-message="${key}"]`) || this.panel : active.matches("[data-back]") ? this.panel.querySelector("[data-back]") : this.panel).focus({ preventScroll: true });
  }

  table(html) {
    const place = document.getElementById("table");
    if (html && !place.contains(document.activeElement)) place.innerHTML = html;
  }

  /** While the table is open it follows the run, without haste. */
  follow(run, now) {
    if (!document.getElementById("as-table").open || this.tableAt === now()) return;
    this.tabling ||= setTimeout(async () => {
      this.tableAt = now();
      const answer = await fetch(`/runs/${run}/table/?at=${Math.round(this.tableAt)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
      if (answer?.ok) this.table(await answer.text());
      this.tabling = 0;
    }, TABLE_EVERY_MS);
  }
}
