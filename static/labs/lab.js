// A lab's page: its opening plays once, then everything rests. The first act starts a run on the server, and from then on
// the socket tells what happens. The page keeps nothing that the server could not tell again.

import { announce, atFirstUse } from "../js/page.js";
import { Connection } from "./connection.js";
import { Controls } from "./controls.js";
import { openingOf, playOpening, tellCost } from "./opening.js";
import { Happened, Inspector } from "./panels.js";
import { Stage, remaining } from "./stage.js";
import { Timebar } from "./timebar.js";

const $ = (selector) => document.querySelector(selector);

class Lab {
  constructor(root) {
    this.root = root;
    this.opening = openingOf($("#opening").textContent, $("#opening-pictures").textContent.split("\n"));
    this.clock = { now_ms: this.opening.from_ms, live_ms: this.opening.to_ms, speed: Number(root.dataset.speed) || 1, skip_idle: $("#skip-idle").checked, running: false, looking: false };
    $("#as-table").addEventListener("toggle", () => this.followTable());
    this.mayControl = !("follows" in root.dataset);
    this.pressedAt = -Infinity; // when one of the lab's buttons was last pressed here
    this.tellCost = tellCost;
    this.unheard = []; // records that came before what a lab with state machines has besides
    this.happened = new Happened((ms) => this.timebar.wall.text(ms));
    this.stage = new Stage($(".stage"), {
      onTick: (now) => this.showTime(now),
      onSays: (records) => this.tell(records),
      onChoose: (what) => {
        const choose = () => this.choose(what);
        this.bringWorkflow && !this.workflow ? this.bringWorkflow().then(choose, choose) : choose();
      },
    });
    this.timebar = new Timebar($("#timebar"), {
      startsAt: this.opening.starts_at,
      few: () => Boolean(this.root.querySelector(".execution-history")),
      fewer: () => this.stage.high,
      onLook: (ms) => this.look(ms),
      onStep: (way) => this.clockDo(way < 0 ? "back" : "step"),
    });
    this.inspector = new Inspector({ ask: (frame) => this.connection?.ask(frame), onChosen: (what) => this.stage.choose(what), stage: this.stage });
    this.controls = new Controls({ set: (target, parameters) => this.act({ type: "command", action: "SetParameter", target, parameters }) });
    this.transport();
    document.addEventListener("click", ({ target }) => {
      const fold = target.closest?.(".lesson-fold");
      if (fold) fold.setAttribute("aria-expanded", root.parentElement.classList.toggle("lesson-unfolded"));
    });
    this.keys();
    if ($("#definition")) this.workflowLater();
    document.addEventListener("prediction-locked", ({ detail }) => { if (detail.first) this.play(detail.stops_at_ms, detail.turn); });
    this.stage.narrow.addEventListener("change", () => this.connection?.refresh());
    if (root.dataset.run) this.connect(root.dataset.socket || `/ws/labs/${root.dataset.run}/`);
    else this.playOpening();
  }

  /** What a lab with state machines has besides comes when it is used, or when it has something to show already. */
  workflowLater() {
    const parts = "#definition, #execution-history, #state-panel, #view-tools", { module } = $("#definition").dataset;
    this.bringWorkflow = atFirstUse({
      uses: "#stage, #definition, #inspector, .lab-tabs", acts: ["click", "change"], held: (target) => target.closest(parts),
      bring: async () => {
        const { Workflow } = await import(module);
        this.workflow = new Workflow(this);
        if (this.architecture) this.workflow.picture(this);
        this.workflow.follows(this.unheard.splice(0));
      },
    });
    const page = $(".lab-page");
    page.dataset.left = "lesson";
    page.querySelector(".lab-tabs")?.addEventListener("click", ({ target }) => {
      const tab = target.closest("[data-tab]")?.dataset.tab;
      if (tab === "lesson" || tab === "definition") { page.dataset.left = tab; dispatchEvent(new Event("resize")); }
      if (tab === "definition") this.bringWorkflow().then(() => this.workflow.definition.editor());
    });
    let draft = false;
    try { draft = Object.keys(sessionStorage).some((key) => key.startsWith(`definition:${this.root.dataset.slug}:`)); } catch { /* then nothing is kept */ }
    if (draft || $("#show-data[aria-pressed=true]")) this.bringWorkflow();
  }

  choose({ state, item, ...what }) {
    if (what.node) this.workflow?.turnTo(what.node);
    if (item && what.node === this.workflow?.node) this.workflow.chooseItem(state, Number(item));
    else if (state && what.node === this.workflow?.node) this.workflow.choose(state, true);
    else this.inspector.choose(what);
  }

  // --- The opening: a run that the server has made beforehand, played as if it came from there ---

  playOpening() {
    const { from_ms, marks, lanes } = this.opening;
    this.timebar.set({ marks: marks.filter((mark) => mark[0] < from_ms), lanes, begin_ms: from_ms, clock: { live_ms: from_ms } });
    this.happened.list.replaceChildren();
    this.stage.playback.jump(from_ms);
    this.showTime(from_ms, true);
    this.stopOpening = playOpening(this.opening, this.clock, (batch, last) => {
      this.timebar.live = batch.clock.now_ms;
      this.stage.feed(batch);
      if (last) this.restOpening();
    }, () => this.stage.nowOf($("#definition")?.dataset.node));
    this.opens = true;
    this.showState();
  }

  endOpening() {
    this.stopOpening?.();
    this.opens = false;
  }

  restOpening() {
    this.opens = false;
    this.clock.now_ms = this.opening.to_ms;
    this.timebar.set({ marks: this.opening.marks, lanes: this.opening.lanes, begin_ms: this.opening.from_ms, clock: { live_ms: this.opening.to_ms } });
    this.timebar.show(this.opening.to_ms, true);
    this.showState();
  }

  // --- Starting, and what the server tells ---

  /** A run on the server; the first act makes one. */
  async start() {
    if (this.connection) return this.connection.ready ? undefined : this.pictured;
    this.starting ||= (async () => {
      const body = new FormData();
      body.set("content", this.root.dataset.slug);
      body.set("csrfmiddlewaretoken", $("[name=csrfmiddlewaretoken]").value);
      const answer = await fetch(this.root.dataset.start, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
      if (!answer?.ok) {
        this.starting = null;
        const why = answer?.headers.get("Content-Type")?.startsWith("text/plain") ? await answer.text() : "The lab could not be started: the server did not answer. Try again.";
        throw { code: "start", says: why };
      }
      const { socket, address, id } = await answer.json();
      this.root.dataset.run = id;
      document.querySelectorAll(".host-form [name=lab]").forEach((field) => { field.value = id; }); // it is this run that Host shows
      history.replaceState(null, "", address + location.hash);
      this.fresh = true;
      this.say(null);
      this.connect(socket);
      await this.pictured;
    })();
    return this.starting;
  }

  connect(path) {
    this.bringWorkflow?.();
    this.pictured = new Promise((resolve) => { this.pictureCame = resolve; });
    this.connection = new Connection(path, { onFrame: (frame) => this.take(frame), onState: (state) => this.connected(state), narrow: () => this.stage.narrow.matches });
  }

  take(frame) {
    this.root.dispatchEvent(new CustomEvent("lab-frame", { detail: frame })); // for what a page has beside the lab
    if (frame.type === "picture") this.takePicture(frame);
    else if (frame.type === "batch") this.takeBatch(frame);
    else if (frame.type === "refused") this.complain(frame.says);
  }

  takePicture(frame) {
    this.endOpening();
    this.clock = frame.clock;
    this.timebar.looking = frame.clock.looking;
    if ("can_control" in frame.clock) this.mayControl = frame.clock.can_control;
    this.timebar.wall.start = Date.parse(frame.architecture.starts_at);
    this.fresh ??= !frame.clock.running && frame.clock.live_ms === this.opening.to_ms; // nobody has acted in this run yet
    this.stage.show((this.stage.narrow.matches && frame.narrow_diagram) || frame.diagram, frame.clock);
    this.timebar.set(frame);
    this.controls.take(frame.architecture);
    this.inspector.table(frame.table);
    this.happened.until = frame.clock.looking ? () => this.stage.now : null;
    this.happened.begin(document.getElementById("table"));
    this.viewers(frame.viewers);
    this.showState();
    this.showTime(frame.clock.now_ms, true);
    this.inspector.refresh(true);
    this.architecture = frame.architecture;
    this.workflow?.picture(frame);
    this.pictureCame?.();
  }

  takeBatch(frame) {
    this.clock = { ...frame.clock, can_control: this.mayControl };
    this.timebar.looking = frame.clock.looking;
    this.happened.until = frame.clock.looking ? () => this.stage.now : null;
    this.timebar.add(frame);
    if (Object.keys(frame.counts || {}).length) for (const record of frame.records) record.of_many = true;
    this.stage.feed(frame);
    if (frame.jump) this.happened.jumped();
    this.controls.heard(frame.records);
    this.inspector.heard(frame);
    this.followTable();
    if (this.workflow) this.workflow.heard(frame);
    else if (this.bringWorkflow) this.unheard.push(...frame.records);
    if (frame.viewers !== undefined) this.viewers(frame.viewers);
    if (this.clock.running) this.controls.ran();
    this.standsWhereAsked();
    this.showState();
  }

  followTable() { if (this.connection?.ready) this.inspector.follow(this.root.dataset.run, () => this.clock.now_ms); }

  connected({ lost, gone, wait }) {
    this.root.dispatchEvent(new CustomEvent("lab-connected", { detail: !lost }));
    clearTimeout(this.banner);
    clearInterval(this.counting);
    if (!lost) {
      if (this.wasLost) { this.say("ok", "Connected again. Nothing was lost."); this.banner = setTimeout(() => this.say(null), 4000); }
      this.wasLost = false;
      this.root.classList.remove("frozen");
      this.showState();
      return;
    }
    if (!this.wasLost) this.lostAt = this.stage.now;
    const at = this.timebar.wall.text(this.lostAt);
    this.stage.playback.running = false;
    this.stage.playback.told = this.stage.playback.shown;
    if (gone) { this.say("fail", "This run no longer exists. What you learned stays; a new run begins from the opening.", "Start a new run", () => { location.href = location.pathname; }); return; }
    const due = performance.now() + wait;
    const show = () => {
      this.wasLost = true;
      this.root.classList.add("frozen");
      this.showState();
      const left = Math.max(0, Math.ceil((due - performance.now()) / 1000));
      this.say("wait", `No connection since ${at}. The lab is frozen there and nothing is lost. Trying again${left ? ` in ${left} s` : " now"}.`, "Try now", () => this.connection.now());
    };
    if (this.wasLost) show(); else this.banner = setTimeout(show, 600);
    this.counting = setInterval(() => { if (this.wasLost) show(); }, 1000);
  }

  // --- Acts ---

  async act(frame) {
    try {
      await this.start();
      this.complain(null); // a refusal by the run itself may come before the answer
      if (frame.type === "press") this.pressedAt = performance.now();
      const answer = await this.connection.ask(frame);
      this.controls.succeeded();
      return answer;
    } catch (refusal) {
      if (frame.type !== "command") this.complain(refusal.says, refusal.code);
      throw refusal;
    }
  }

  async press(key, button) {
    const turn = this.standing && this.turn?.key === key && this.turn; // the act itself moves the clock
    try {
      await this.act({ type: "press", key });
    } catch { return; }
    if (button && "goes" in button.dataset) { this.fresh = false; return; }
    this.controls.pressed(button);
    if (this.wanted === key) { this.wanted = null; this.say(null); }
    if (turn) this.play(turn.until);
    if (this.fresh && !this.clock.running) this.clockDo("play");
    this.fresh = false;
  }

  /**
   * Play; where `until` is given only up to the moment that a question asks about, or show that moment again. Where the
   * question is about something that is done by a button (`turn`), first up to the moment for that. Where any moment
   * will do (no `at_ms`), the banner asks for it while the run goes on.
   */
  async play(until, turn) {
    await this.start().catch((refusal) => this.complain(refusal.says));
    this.fresh = false;
    if (!this.connection) return;
    const { live_ms } = this.clock;
    this.wanted = turn && turn.at_ms === undefined && this.mayControl ? turn.key : null;
    if (this.wanted) this.say("wait", `Now it is your turn: press “${turn.label}”.`);
    this.turn = turn && turn.at_ms >= live_ms ? { ...turn, until } : null;
    const stop = this.asked = this.turn ? turn.at_ms : until;
    if (stop === undefined) this.clockDo("play");
    else if (stop > live_ms) this.clockDo("play", { until_ms: stop });
    else if (!this.turn) this.look(stop);
    else if (this.clock.running) this.clockDo("pause");
    else this.standsWhereAsked();
  }

  /** The run has come to the moment that a question asked about, or goes on from there. */
  standsWhereAsked() {
    const { now_ms, running } = this.clock;
    if (this.standing && (running || now_ms !== this.asked)) { this.standing = false; this.say(null); }
    if (this.asked === undefined || this.standing || running || now_ms !== this.asked) return;
    this.standing = true;
    const { turn } = this, clock = this.timebar.wall.text(now_ms);
    const says = turn ? `It is ${clock} and your turn: press “${turn.label}”.` : `It is ${clock}, the moment that the question asked about. The run stands still.`;
    this.say("wait", says, "Play on", () => this.play(turn?.until));
  }

  async clockDo(what, fields = {}) {
    if (!this.mayControl) return;
    try {
      await this.start();
      await this.connection.ask({ type: "clock", do: what, ...fields });
      this.clockError(null);
    } catch (refusal) { this.clockError(refusal.says); }
  }

  look(ms) {
    if (!this.connection) return;
    this.clockDo("look", { at_ms: Math.round(Math.max(this.timebar.begin, Math.min(this.clock.live_ms, ms))) });
  }

  // --- The time bar's controls ---

  transport() {
    $("#play").addEventListener("click", () => (this.clock.running ? this.clockDo("pause") : this.play()));
    document.querySelectorAll("[data-clock]").forEach((button) => button.addEventListener("click", () => this.clockDo(button.dataset.clock)));
    $("#go-live").addEventListener("click", () => this.clockDo("live"));
    $("#reset").addEventListener("click", () => { this.fresh = true; this.controls.forget(); this.clockDo("reset"); });
    document.querySelectorAll("[data-press]").forEach((button) => button.addEventListener("click", () => this.press(button.dataset.press, button)));
    const setSpeed = (speed) => this.clockDo("speed", { speed });
    document.querySelectorAll("[name=speed]").forEach((radio) => radio.addEventListener("change", () => setSpeed(Number(radio.value))));
    const typed = $("#typed-speed");
    typed.addEventListener("change", () => {
      const speed = Number(typed.value.replace(",", "").replace("×", "").trim());
      if (speed >= 0.1 && speed <= 1000) setSpeed(speed);
      else this.clockError("A speed is a number from 0.1 to 1,000.", typed);
    });
    $("#skip-idle").addEventListener("change", ({ target }) => this.clockDo("skip_idle", { on: target.checked }));
    $("#speed-menu").addEventListener("toggle", ({ target, newState }) => {
      const button = $(".speed-button").getBoundingClientRect();
      if (newState === "open") Object.assign(target.style, { left: `${Math.max(8, button.right - target.offsetWidth)}px`, top: `${button.top - target.offsetHeight - 8}px` });
    });
    const field = $("#clock");
    const go = () => {
      const at = this.timebar.wall.read(field.value, this.clock.now_ms);
      if (at === null) { this.clockError("Type a time of day such as 09:46:34, or minutes and seconds after the start, such as 1:20.", field); return; }
      if (!this.connection) { this.clockError("The run has not begun. Press Play or one of the lab’s buttons first.", field); return; }
      const { begin, wall } = this.timebar, { live_ms } = this.clock;
      if (at > live_ms) { this.clockError(`The run has come to ${wall.text(live_ms)} so far; what comes later cannot be looked at yet.`, field); return; }
      if (at < Math.floor(begin / 1000) * 1000) { this.clockError(`The run begins at ${wall.text(begin)}; there is nothing before that.`, field); return; }
      this.clockError(null);
      field.blur();
      this.look(at);
    };
    field.addEventListener("focus", () => field.select());
    field.addEventListener("blur", () => this.showTime(this.stage.now, true));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); go(); }
      if (event.key === "Escape") { this.clockError(null); field.blur(); }
    });
  }

  keys() {
    const byKey = new Map([...document.querySelectorAll("[data-press]")].map((button) => [button.dataset.press, button]));
    const time = { ",": () => this.clockDo("back"), ".": () => this.clockDo("step"), "<": () => this.clockDo("previous_failure"), ">": () => this.clockDo("next_failure"), L: () => this.clockDo("live") };
    document.addEventListener("keydown", (event) => {
      const { target, key } = event;
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !(target instanceof Element) || !(target === document.body || target.closest("main"))) return; // the page is the lab, its bar and dialogs are not
      try { if (localStorage.getItem("shortcuts") === "off") return; } catch { /* then they are on */ }
      if (target.closest("input:not([type=radio], [type=checkbox], [type=range]), textarea, select")) return;
      if (key === " ") {
        if (target.closest("button, input, summary")) return;
        event.preventDefault();
        $("#play").click();
      } else if (time[key] || byKey.has(key)) {
        event.preventDefault();
        time[key] ? time[key]() : byKey.get(key).disabled || this.press(key, byKey.get(key));
      }
    });
    $(".stage").addEventListener("pointerdown", ({ target }) => { if (!target.closest("a, button")) $(".playhead").focus({ preventScroll: true }); });
  }

  // --- What is shown of the clock ---

  showTime(now, whole = false) {
    if (!this.timebar) return;
    const field = $("#clock"), wall = this.timebar.wall;
    const text = wall.text(now, { tenths: this.clock.speed < 1 && this.clock.running });
    if (document.activeElement !== field && field.value !== text) { field.value = text; field.style.setProperty("--letters", text.length); }
    const since = remaining(Math.floor(Math.max(0, now) / 1000) * 1000);
    if ($("#since").textContent !== since) $("#since").textContent = since;
    if (!this.timebar.dragging) this.timebar.show(now, whole);
    this.inspector?.tick(now, this.clock.running);
    if (this.clock.looking) this.showState();
  }

  showState() {
    const { running, looking, live_ms, speed, reached_speed, skip_idle } = this.clock, behind = live_ms - this.clock.now_ms;
    const started = Boolean(this.connection), play = $("#play");
    play.setAttribute("aria-label", running ? "Pause" : "Play");
    play.classList.toggle("running", running);
    const [status, words] = !started ? (this.opens ? ["run", "Opening"] : ["idle", "At rest"]) : this.wasLost ? ["wait", "No connection"] : looking ? ["wait", `${running ? "Playing" : "Paused"}, ${remaining(behind)} behind live`] : running ? ["run", "Live"] : ["wait", "Paused"];
    const chip = $("#clock-state");
    if (chip.lastElementChild.textContent !== words) {
      chip.className = `chip ${status} clock-state`;
      chip.querySelector("use").setAttribute("href", `#mark-${status}`);
      chip.lastElementChild.textContent = words;
    }
    $("#go-live").hidden = !looking;
    this.root.classList.toggle("looking", Boolean(looking));
    $("#reset").hidden = !started || !this.mayControl;
    $("#speed-shown").textContent = skip_idle ? "Skip" : `${speed.toLocaleString("en-GB")}×`;
    for (const radio of document.querySelectorAll("[name=speed]")) radio.checked = Number(radio.value) === speed;
    if (document.activeElement !== $("#typed-speed") && !$("#typed-speed").matches("[aria-invalid]")) $("#typed-speed").value = speed;
    $("#skip-idle").checked = Boolean(skip_idle);
    chip.title = running && reached_speed && reached_speed < speed * 0.95 ? `The server reaches ${reached_speed}×` : "";
    const at = this.timebar.wall.text(this.clock.now_ms);
    this.timebar.describe(`${at}, ${words.toLowerCase()}`);
    this.follow();
  }

  follow() {
    const may = this.mayControl;
    if (this.shownMay === may) return;
    this.shownMay = may;
    this.timebar.disabled = !may;
    for (const each of document.querySelectorAll("#timebar button, #timebar input, .moments button, #controls :is(input, textarea, button)")) each.disabled = !may;
    if (!may) this.say("run", "You are following the host’s clock. You can inspect everything; only the host can act.");
  }

  tell(records) {
    this.happened.add(records);
  }

  viewers(many) {
    const chip = $("#viewers");
    chip.hidden = !(many > 1);
    chip.lastElementChild.textContent = `${many} watching`;
  }

  say(status, words = "", action = "", onAction = null) {
    const banner = $("#banner"), button = banner.querySelector("button");
    if (status === null && this.mayControl === false) { this.shownMay = undefined; this.follow(); return; }
    banner.hidden = status === null;
    if (status === null) return;
    banner.dataset.status = status;
    const mark = `<svg class="mark" viewBox="0 0 16 16" aria-hidden="true"><use href="#mark-${status}"/></svg>`;
    if (banner.firstElementChild.dataset.mark !== status) { banner.firstElementChild.innerHTML = mark; banner.firstElementChild.dataset.mark = status; }
    const text = banner.querySelector(".banner-text");
    if (text.textContent !== words) text.textContent = words;
    button.hidden = !action;
    button.textContent = action;
    button.onclick = onAction;
  }

  /** A refusal, next to the buttons; one that comes of looking back offers the way out. */
  complain(says, code = "") {
    const place = $("#moments-error");
    place.hidden = !says;
    if (!says) return;
    place.lastElementChild.textContent = says;
    announce(says);
    if (code === "looking_back") {
      const live = Object.assign(document.createElement("button"), { className: "button small", type: "button", textContent: "Live" });
      live.addEventListener("click", () => { place.hidden = true; this.clockDo("live"); $("#play").focus(); });
      place.lastElementChild.append(" ", live);
    }
  }

  clockError(says, field = null) {
    const place = $("#clock-error");
    document.querySelectorAll("#timebar [aria-invalid]").forEach((each) => each.removeAttribute("aria-invalid"));
    place.hidden = !says;
    if (says) place.lastElementChild.textContent = says;
    field?.setAttribute("aria-invalid", "true");
  }
}

const root = document.getElementById("stage");
if (root && $("#opening")) new Lab(root);
