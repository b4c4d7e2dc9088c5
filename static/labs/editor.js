// The definition's editor: a plain textarea, which every browser and screen reader knows, with its letters drawn behind it
// in colours, line numbers beside it, and its problems marked in place, listed below and said. Loaded when first used.
// Ace (django-ace) was looked at: half a megabyte, a worker from a blob, which the Content-Security-Policy forbids, and
// to a screen reader only the line that the caret is in.

import { announce } from "../js/page.js";

const CHECK_AFTER_MS = 350, AGAIN_MS = 2000, AGAIN_MOST_MS = 30_000, DRAWN_LETTERS = 80_000;
const TOKEN = /("(?:[^"\\\n]|\\.)*"?)(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)\b|([{}[\],:])|([^\s"{}[\],:]+)/g;
const escaped = (text) => text.replace(/[&<>]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[letter]);
const $ = (id) => document.getElementById(id);
const many = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
const markSvg = (status) => `<svg class="mark mark-${status}" viewBox="0 0 16 16" aria-hidden="true"><use href="#mark-${status}"/></svg>`;

export class Editor {
  /** `check(text)` resolves with problems, warnings and states; `onStates`, `onCaret(line, state)` and `onChange()` are told. */
  constructor({ check, onStates, onCaret, onChange }) {
    Object.assign(this, { check, onStates, onCaret, onChange, problems: [], told: [], states: {}, current: null, asked: 0, failed: 0, chosen: null });
    this.root = $("editor");
    this.text = $("definition-text");
    this.ground = this.root.querySelector(".editor-ground");
    this.drawn = this.root.querySelector(".editor-drawn");
    this.gutter = this.root.querySelector(".editor-lines");
    this.list = $("definition-problems");
    this.root.classList.add("ready");
    this.text.addEventListener("input", () => this.changed());
    this.text.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("selectionchange", () => { if (document.activeElement === this.text) this.caret(); });
    this.gutter.addEventListener("click", ({ target }) => { const line = target.closest("[data-line]"); if (line) this.goToLine(Number(line.dataset.line)); });
    const press = (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const problem = this.told[Number(button.dataset.problem)];
      if (button.dataset.use !== undefined) this.use(problem); else this.goTo(problem);
    };
    this.list.addEventListener("click", press);
    this.draw();
    this.verify();
  }

  get value() { return this.text.value; }

  set(text) { this.text.value = text; this.changed(); }

  changed() {
    this.problems = this.told = [];
    this.current = null;
    this.onChange();
    this.draw();
    clearTimeout(this.waits);
    this.waits = setTimeout(() => this.verify(), CHECK_AFTER_MS);
  }

  /** Ask for every problem of what stands here now; resolves with them, or with null where the server does not answer. */
  verify() {
    clearTimeout(this.waits);
    return (this.latest = this.ask(++this.asked, this.value));
  }

  async ask(asked, text) {
    const found = await this.check(text).catch(() => null);
    if (asked !== this.asked) return this.latest;
    if (text !== this.value) return this.verify();
    if (!found) return this.unanswered();
    const before = this.said;
    this.failed = 0;
    this.problems = found.problems;
    this.told = [...found.problems, ...found.warnings.map((each) => ({ ...each, warns: true }))]; // errors first
    if (Object.keys(found.states).length || !found.problems.length) { this.states = found.states; this.onStates(found.states); }
    this.said = this.told.map(({ says, line }) => `${line} ${says}`).join();
    this.draw();
    this.inSight(() => this.tell());
    if (this.said !== before && this.told.length && document.activeElement === this.text) announce(this.inWords(this.told[0]));
    this.caret();
    return this.problems;
  }

  /** The page says so, and asks again by itself: soon, then less and less often. */
  unanswered() {
    this.chip("wait", "Not checked: no answer, trying again");
    this.waits = setTimeout(() => this.verify(), Math.min(AGAIN_MOST_MS, AGAIN_MS * 2 ** this.failed++));
    return null;
  }

  inWords({ line, says, suggestion, warns }) { return `Line ${line}${warns ? ", warning" : ""}: ${says}${suggestion ? ` The closest name is ${suggestion}.` : ""}`; }

  chip(status, words) {
    const chip = $("problem-count");
    chip.className = `chip ${status}`;
    chip.innerHTML = `${markSvg(status)}<span>${words}</span>`;
  }

  tell() {
    const bad = this.problems.length, doubtful = this.told.length - bad, counts = [bad && many(bad, "problem"), doubtful && many(doubtful, "warning")].filter(Boolean);
    this.chip(bad ? "fail" : doubtful ? "wait" : "ok", counts.join(", ") || "No problem");
    bad ? this.text.setAttribute("aria-invalid", "true") : this.text.removeAttribute("aria-invalid");
    this.list.hidden = !this.told.length;
    const focused = this.list.contains(document.activeElement);
    this.list.lastElementChild.replaceChildren(...this.told.map((problem, place) => {
      const item = document.createElement("li"), words = document.createElement("p");
      item.innerHTML = markSvg(problem.warns ? "wait" : "fail");
      if (problem.warns) item.className = "warns";
      words.append(this.button(place, `Line ${problem.line}${problem.warns ? ", warning" : ""}`, false), " ", Object.assign(document.createElement("span"), { className: "problem-says", textContent: problem.says }));
      if (problem.suggestion) words.append(` The closest name is ${problem.suggestion}. `, ...(problem.replace ? [this.button(place, "Use it", true, `Use ${problem.suggestion} in line ${problem.line}`)] : []));
      item.append(words);
      return item;
    }));
    if (focused) (this.list.querySelector("button") || this.text).focus({ preventScroll: true });
  }

  button(place, words, use, name = null) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "link-button", textContent: words });
    button.dataset.problem = place;
    if (use) button.dataset.use = "";
    if (name) button.setAttribute("aria-label", name);
    return button;
  }

  // --- Moving and changing ---

  goTo(problem) {
    this.text.focus({ preventScroll: true });
    this.text.setSelectionRange(problem.start, problem.end);
    this.showLine(problem.line);
    this.caret();
  }

  goToLine(line) {
    const at = this.value.split("\n").slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    this.text.focus({ preventScroll: true });
    this.text.setSelectionRange(at, at);
    this.caret();
  }

  use(problem) {
    this.text.focus({ preventScroll: true });
    this.text.setSelectionRange(problem.start, problem.end);
    if (!document.execCommand("insertText", false, problem.replace)) { this.text.setRangeText(problem.replace, problem.start, problem.end, "end"); this.changed(); }
    this.verify();
  }

  /** What is typed stays undoable. */
  replaceAll(text) {
    this.text.focus({ preventScroll: true });
    this.text.select();
    if (!document.execCommand("insertText", false, text)) { this.text.value = text; this.changed(); }
    this.text.setSelectionRange(0, 0);
    this.verify();
  }

  key(event) {
    if (event.key === "F8") {
      event.preventDefault();
      const at = this.text.selectionStart, each = this.told.toSorted((a, b) => a.start - b.start);
      const next = event.shiftKey ? each.findLast(({ start }) => start < at) || each.at(-1) : each.find(({ start }) => start > at) || each[0];
      if (next) { this.goTo(next); announce(this.inWords(next)); }
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && this.current?.replace) { event.preventDefault(); this.use(this.current); }
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.isComposing) {
      const before = this.value.slice(0, this.text.selectionStart), indent = /[^\n]*$/.exec(before)[0], deeper = /[{[]\s*$/.test(indent) ? "  " : "";
      const add = `\n${/^ */.exec(indent)[0]}${deeper}`;
      if (document.execCommand("insertText", false, add)) event.preventDefault();
    }
  }

  // --- Drawing ---

  get lineHeight() { return this.high ||= parseFloat(getComputedStyle(this.drawn).lineHeight); }

  draw() {
    const text = this.value, spans = [];
    let from = 0;
    if (text.length > DRAWN_LETTERS) spans.push(escaped(text));
    else {
      for (const found of text.matchAll(TOKEN)) {
        const [whole, string, colon, digits, word, sign, stray] = found, at = found.index, end = at + whole.length;
        const kind = string ? (colon ? "key" : "string") : digits ? "number" : word ? "word" : sign ? "sign" : "stray";
        const inner = string && colon ? string : whole, on = this.told.find(({ start, end: until }) => start < at + inner.length && until > at);
        spans.push(escaped(text.slice(from, at)), kind === "sign" && !on ? sign : `<span class="t-${kind}${on ? on.warns ? " doubtful" : " bad" : ""}">${escaped(inner)}</span>`, inner === whole ? "" : escaped(whole.slice(inner.length)));
        from = end;
        void stray;
      }
      spans.push(escaped(text.slice(from)));
    }
    this.drawn.innerHTML = `${spans.join("")}\n`;
    const marked = this.lines();
    this.gutter.innerHTML = Array.from({ length: text.split("\n").length }, (_, place) => {
      const warns = marked.get(place + 1);
      return `<span data-line="${place + 1}"${warns === undefined ? "" : ` class="${warns ? "doubtful" : "bad"}"`}>${warns === undefined ? "" : markSvg(warns ? "wait" : "fail")}${place + 1}</span>`;
    }).join("");
    this.washes();
  }

  /** The lines that have something, and whether it is no more than a warning. */
  lines() { return new Map(this.told.toReversed().map(({ line, warns }) => [line, Boolean(warns)])); }

  washes() {
    this.ground.querySelectorAll(".wash").forEach((each) => each.remove());
    const wash = (name, first, last) => {
      const strip = Object.assign(document.createElement("div"), { className: `wash ${name}` });
      strip.style.top = `${(first - 1) * this.lineHeight + 8}px`;
      strip.style.height = `${(last - first + 1) * this.lineHeight}px`;
      this.ground.prepend(strip);
    };
    const lines = this.states[this.chosen];
    for (const [line, warns] of this.lines()) wash(warns ? "wash-doubtful" : "wash-bad", line, line);
    if (lines) wash("wash-chosen", lines[0], lines[1]);
  }

  choose(state, scroll) {
    this.chosen = state;
    this.washes();
    if (scroll && this.states[state]) this.showLine(this.states[state][0]);
  }

  showLine(line) {
    const top = (line - 1) * this.lineHeight, { scrollTop, clientHeight } = this.root;
    if (top < scrollTop || top > scrollTop + clientHeight - 6 * this.lineHeight) this.root.scrollTop = Math.max(0, top - 3 * this.lineHeight);
  }

  /** What `does` takes of the editor's height does not take the line that is typed in out of sight. */
  inSight(does) {
    const low = () => this.root.scrollTop + this.root.clientHeight, before = low();
    does();
    const end = this.value.slice(0, this.text.selectionStart).split("\n").length * this.lineHeight + 8;
    if (document.activeElement === this.text && end <= before && end > low()) this.root.scrollTop += end - low();
  }

  caret() {
    const at = this.text.selectionStart, line = this.value.slice(0, at).split("\n").length;
    const state = Object.entries(this.states).filter(([, [first, last]]) => first <= line && line <= last).sort((a, b) => a[1][1] - a[1][0] - (b[1][1] - b[1][0]))[0]?.[0];
    this.onCaret(line, state);
    this.current = this.told.find(({ line: own, start, end }) => own === line && start <= at && at <= end) || this.told.find((each) => each.line === line) || null;
    [...this.list.lastElementChild.children].forEach((item, place) => {
      const now = this.told[place] === this.current;
      if (now && !item.classList.contains("now")) this.list.scrollTop = Math.max(0, item.offsetTop - this.list.offsetTop - 8);
      item.classList.toggle("now", now);
    });
  }
}
