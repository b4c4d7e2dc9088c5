// The stage plays what the server tells. It keeps a clock of its own a quarter of a second behind, so that the network's
// jitter never shows, and lets causes be seen: a message leaves a node after it has arrived there, and a node's new
// picture is shown when the messages that caused it have landed. Nothing runs while nothing moves.

import { Sight } from "./sight.js";
import { Travel } from "./travel.js";
import { reducedMotion } from "../js/page.js";

const BEHIND_MS = 150, SMOOTH_MS = 100; // together a quarter of a second
const SETTLES_MS = 800; // a pause, however far off, is where the picture stands by then
const SLOW_TICK_MS = 100;
const LEAST_SCALE = 0.918, AROUND = 12; // at that scale the smallest words of a picture, 12 px, are 11 px high
const MOST_BEHIND_MS = 2400; // how far the picture may lag behind its cause before hops get shorter
const PACKETS_OVER_SPEED = 30;
const SVG = "http://www.w3.org/2000/svg";

/** Virtual time as it is shown: smooth, never backwards, but for jumps. */
export class Playback {
  constructor() { this.shown = this.told = 0; this.at = this.last = 0; this.speed = 1; this.running = false; }

  tell(clock, wall) {
    this.told = clock.now_ms;
    this.at = wall;
    this.running = clock.running;
    this.speed = clock.skip_idle ? 0 : clock.reached_speed || clock.speed;
    this.span = clock.speed;
    this.until = clock.until_ms ?? Infinity;
  }

  jump(now_ms, wall = performance.now()) { this.shown = this.told = now_ms; this.at = this.last = wall; }

  advance(wall) {
    const goal = this.running ? Math.min(this.until, this.told + this.speed * (wall - this.at - BEHIND_MS)) : this.told;
    const passed = Math.max(0, wall - this.last);
    this.last = wall;
    const ahead = goal - this.shown;
    if (ahead > 0) this.shown = ahead < 1 ? goal : this.shown + ahead * (1 - Math.exp(-passed / SMOOTH_MS));
    if (this.rests || !this.running) this.shown = Math.min(this.shown, this.told); // a pause says where the clock really stood
    if (this.rests || (!this.running && wall - this.at > SETTLES_MS)) this.shown = this.told;
    return this.shown;
  }

  get rests() { return !this.running && Math.abs(this.told - this.shown) < 1; }
}

const originOf = (id) => (id === null || id === undefined ? null : Math.floor(id / 256));

function svgFrom(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = `<svg xmlns="${SVG}">${markup}</svg>`;
  return holder.content.firstElementChild.firstElementChild;
}

/** A time that remains, as the diagram writes it. */
export function remaining(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000)), two = (n) => String(n).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
  if (s < 86400) return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  const hours = Math.floor(s / 3600) % 24;
  return `${Math.floor(s / 86400)} d${hours ? ` ${hours} h` : ""}`;
}

const SPANS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
/** A length of time, whole seconds, in its two largest units: ``6 d 23 h``. */
export function spelt(seconds) {
  const first = SPANS.findIndex(([each]) => seconds >= each), parts = [];
  for (const [each, name] of SPANS.slice(first, first + 2)) { const many = Math.floor(seconds / each); if (many) parts.push(`${many} ${name}`); seconds -= many * each; }
  return parts.join(" ") || "0 s";
}

const TIME = /\d+ d(?: \d+ h)?|\d+:\d\d(?::\d\d)?/;
const OF = /^(.*?) s of (.*)$/;

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

export class Stage {
  /** `root` holds the drawings and the canvas. `onTick(now_ms)` hears of the clock, `onSays(records)` of what is shown. */
  constructor(root, { onTick = () => {}, onSays = () => {}, onChoose = () => {} } = {}) {
    this.root = root;
    this.holder = root.querySelector(".stage-drawing");
    this.canvas = root.querySelector("canvas");
    this.travel = new Travel(this.canvas);
    this.playback = new Playback();
    this.onTick = onTick;
    this.onSays = onSays;
    this.todo = []; // what is still to be shown, in order
    this.parts = []; // pictures of nodes that wait for messages to land
    this.landing = new Map(); // node → when the last message on its way to it lands
    this.arrived = new Map(); // node and message → when it lands there
    this.pills = new Map();
    this.chosen = { node: null, message: null };
    this.instead = new Map(); // node → what this viewer sees in the place of its shared picture
    this.onSwap = () => {};
    this.scale = null; // a reader's own, while there is one
    this.whole = Boolean(root.closest(".big-screen")); // all of the picture, however small it is then: nobody can scroll a projector
    this.sight = new Sight(root);
    this.seen = true;
    this.narrow = matchMedia("(width < 48rem)"); // a wide picture's words would be too small
    this.tall = matchMedia("(width >= 80rem) and (height >= 37.5rem)"); // the diagram is fitted into the stage, and scrolls below its least scale
    this.svg = this.drawing();
    this.tick = this.tick.bind(this);
    new IntersectionObserver(([entry]) => { this.seen = entry.isIntersecting; if (this.seen) this.wake(); else this.flush(); }).observe(root);
    const sizes = new ResizeObserver(() => requestAnimationFrame(() => this.measure())); // which may size them anew
    for (const each of [root, this.holder]) sizes.observe(each);
    this.narrow.addEventListener("change", () => { this.svg = this.drawing(); this.measure(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.flush(); else this.wake(); });
    document.addEventListener("preferences", () => { this.travel.clear(); this.travel.colours(); this.wake(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.travel.colours());
    this.holder.addEventListener("click", (event) => {
      const token = event.target.closest?.("[data-message]"), node = event.target.closest?.("a[data-node]");
      if (!node || event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      const state = event.target.closest?.("[data-state]")?.dataset.state, item = event.target.closest?.("[data-item]")?.dataset.item;
      onChoose(token && token.dataset.message ? { message: Number(token.dataset.message) } : { node: node.dataset.node, state, item });
    });
    this.measure();
  }

  drawing() {
    const both = [...this.holder.querySelectorAll("svg.dg")];
    return both.find((svg) => svg.classList.contains("dg-narrow") === this.narrow.matches) || both[0];
  }

  get now() { return this.playback.shown; }

  /** The pictures of a node that wait, for their time or for messages to land. */
  waiting(node) { return [...this.parts.filter((each) => each.node === node), ...this.todo.filter(({ state }) => state && node in state.parts)]; }

  /** The instant that a node's picture shows: one that waits is not there yet. */
  nowOf(node) { return Math.min(this.now, ...this.waiting(node).map(({ at }) => at - 1)); }

  /** The instant of the newest picture of a node that waits. */
  newestOf(node) { return Math.max(-Infinity, ...this.waiting(node).map(({ at }) => at)); }

  /** A picture that would have to be scrolled on most screens: the lanes leave it some of their room. */
  get high() {
    const screen = innerHeight * 16 / rem(), fits = screen < 760 ? 420 : screen < 1000 ? 520 : 660;
    return this.tall.matches && this.svg?.viewBox.baseVal.height > fits;
  }

  /** What the picture is drawn at where it doesn't simply fit: the reader's own scale, or the least that can be read. */
  get drawnAt() {
    if (this.scale !== null || this.whole || !this.tall.matches) return this.scale;
    const { width, height } = this.svg.viewBox.baseVal, { clientWidth, clientHeight } = this.root;
    return Math.min((clientWidth - AROUND) / width, (clientHeight - AROUND) / height) < LEAST_SCALE ? LEAST_SCALE : null;
  }

  size() {
    const { width, height } = this.svg.viewBox.baseVal, scale = this.drawnAt;
    this.holder.classList.toggle("zoomed", scale !== null);
    this.svg.style.width = scale ? `${width * scale}px` : "";
    this.svg.style.height = scale ? `${height * scale}px` : "";
    this.root.querySelector("[data-zoom=fit]")?.setAttribute("aria-pressed", scale === null);
    this.sight.measure(scale !== null && (this.root.scrollHeight > this.root.clientHeight + 1 || this.root.scrollWidth > this.root.clientWidth + 1));
  }

  measure() {
    if (this.svg) this.size();
    const at = this.svg?.getScreenCTM(), around = this.holder.getBoundingClientRect();
    if (!at?.a || !this.svg.getBoundingClientRect().width) return;
    const { width, height } = this.svg.viewBox.baseVal, wide = width * at.a, high = height * at.a;
    Object.assign(this.canvas.style, { left: `${at.e - around.left}px`, top: `${at.f - around.top}px`, width: `${wide}px`, height: `${high}px` });
    this.travel.measure(this.svg, wide, high);
    this.wake();
  }

  /** Show a whole diagram. */
  show(markup, clock) {
    const focused = this.holder.contains(document.activeElement) ? document.activeElement.dataset.node : null;
    this.holder.querySelectorAll("svg.dg").forEach((each) => each.remove());
    const holder = document.createElement("template");
    holder.innerHTML = markup;
    this.holder.prepend(holder.content);
    this.svg = this.drawing();
    this.sight.moved = false;
    this.forget();
    if (clock) { this.playback.tell(clock, performance.now()); this.playback.jump(clock.now_ms); }
    this.measure();
    this.mark();
    if (focused) this.node(focused)?.focus({ preventScroll: true });
    this.timesChanged = true;
    this.rings(this.playback.shown);
    this.onTick(this.playback.shown);
    this.wake();
  }

  forget() {
    this.todo.length = this.parts.length = 0;
    this.landing.clear();
    this.arrived.clear();
    this.pills.clear();
    this.travel.clear();
  }

  /** Take in a batch. One that jumps is shown at once. */
  feed(batch) {
    const wall = performance.now();
    const parts = (this.narrow.matches && batch.narrow_parts) || batch.parts || {};
    if (batch.jump || document.hidden || !this.seen) {
      this.playback.tell(batch.clock, wall);
      if (batch.jump) { this.flush(); this.travel.clear(); }
      else this.flush();
      this.playback.jump(batch.clock.now_ms, wall);
      this.apply({ parts, links: batch.links });
      this.timesChanged = true;
      this.rings(this.playback.shown);
      this.onSays(batch.records || []);
      this.onTick(this.playback.shown);
      this.wake();
      return;
    }
    this.playback.tell(batch.clock, wall);
    for (const record of batch.records || []) this.todo.push({ at: record.at_ms, record });
    for (const [link, types] of Object.entries(batch.counts || {})) {
      for (const [looks, many] of Object.entries(types)) this.todo.push({ at: batch.clock.now_ms, count: { link, looks, many } });
    }
    if (Object.keys(parts).length || Object.keys(batch.links || {}).length) {
      this.todo.push({ at: batch.clock.now_ms, state: { parts, links: batch.links } });
    }
    if (!batch.clock.running && !this.todo.length && batch.clock.now_ms === this.playback.shown) this.onTick(this.playback.shown);
    this.wake();
  }

  /** Everything that is still to be shown, at once and without a motion. */
  flush() {
    const said = [];
    for (const { node, markup } of this.parts) this.swap(node, markup); // these are older than what is still to be done
    for (const { record, state } of this.todo) {
      if (state) this.apply(state);
      if (record) said.push(record);
    }
    this.todo.length = this.parts.length = 0;
    this.landing.clear();
    this.arrived.clear();
    this.travel.clear();
    if (said.length) this.onSays(said);
  }

  apply({ parts = {}, links = {} }) {
    for (const [node, markup] of Object.entries(parts)) this.swap(node, markup);
    for (const [link, view] of Object.entries(links || {})) this.setLink(link, view);
  }

  // --- The loop: with frames while something moves, slowly while only the clock runs, not at all at rest ---

  wake() {
    if (this.frame || this.timer) return;
    delete this.root.dataset.rests;
    this.playback.last = Math.max(this.playback.last, performance.now() - 50);
    this.frame = requestAnimationFrame(this.tick);
  }

  tick(wall) {
    this.frame = this.timer = 0;
    if (document.hidden) return;
    const now = this.playback.advance(wall);
    while (this.todo.length && (this.todo[0].at <= now || this.playback.rests)) this.play(this.todo.shift(), wall);
    if (this.parts.length) this.land(wall);
    this.rings(now);
    this.onTick(now);
    const moves = reducedMotion() ? this.pillsAt(wall) : this.seen && this.travel.draw(wall);
    if (moves || this.parts.length || this.todo.length || !(this.playback.rests || this.playback.running)) this.frame = requestAnimationFrame(this.tick);
    else if (this.playback.running) this.timer = setTimeout(() => this.tick(performance.now()), SLOW_TICK_MS);
    else this.root.dataset.rests = "";
  }

  play({ at, record, count, state }, wall) {
    if (record) {
      this.onSays([record]);
      this.move(record, wall);
    } else if (count) {
      this.send(count.link, count.looks, count.many, null, wall, wall);
    } else {
      for (const [node, markup] of Object.entries(state.parts)) {
        const waits = this.parts.findLast((each) => each.node === node);
        const due = Math.max(wall, this.landing.get(node) || 0, waits?.due || 0);
        if (due <= wall) {
          this.parts = this.parts.filter((each) => each.node !== node); // what has not landed yet is older
          this.swap(node, markup);
        } else if (waits && waits.due === due) waits.markup = markup;
        else this.parts.push({ node, markup, due, at });
      }
      for (const [link, view] of Object.entries(state.links || {})) this.setLink(link, view);
    }
  }

  land(wall) {
    const due = this.parts.filter((each) => each.due <= wall);
    if (!due.length) return;
    this.parts = this.parts.filter((each) => each.due > wall);
    const newest = new Map(due.map(({ node, markup }) => [node, markup]));
    for (const [node, markup] of newest) this.swap(node, markup);
  }

  // --- What a record makes move ---

  move(record, wall) {
    const { type, along, node, detail, letter } = record, origin = originOf(record.id);
    if (type === "returned") {
      const holder = this.holders?.get(record.id);
      if (holder) this.send(`${node}/${holder}`, record.looks, 1, record.id, wall, wall, true, letter);
      return;
    }
    if (type === "received") (this.holders ||= new Map()).set(record.id, String(detail?.by || "").split("#")[0]);
    if (type === "ExecutionStarted") {
      const starts = [...this.travel.routes.keys()].filter((link) => link.endsWith(`/${node}`));
      if (starts.length === 1) this.send(starts[0], record.looks, 1, record.id, wall, wall);
      return;
    }
    if (!along || type === "filtered_out") return;
    const source = along.split("/")[0], here = this.arrived.get(`${source} ${origin}`) || 0;
    const lands = this.send(along, record.looks, 1, record.id, Math.max(wall, here), wall, false, letter);
    if (type === "published") {
      this.travel.flash(node, "pulse", lands);
      this.arrived.set(`${node} ${origin}`, lands + Travel.pulseMs);
    }
    if (type === "moved_to_dlq") this.travel.flash(along.split("/")[1], "halo", lands);
  }

  send(link, looks, many, id, start, wall, back = false, letter = "") {
    const [source, target] = link.split("/"), end = back ? source : target;
    if (reducedMotion()) {
      this.pills.set(link, (this.pills.get(link) || 0) + many);
      this.edgePulse(link);
      return wall;
    }
    const speed = Math.max(1, this.playback.span || 1) * (start - wall > MOST_BEHIND_MS ? 1000 : 1);
    const lands = this.travel.launch({ link, looks: looks || "", letter, many, id, start, speed, back, now: wall, coarse: this.playback.span > PACKETS_OVER_SPEED });
    this.landing.set(end, Math.max(lands, this.landing.get(end) || 0));
    if (id !== null) this.arrived.set(`${end} ${originOf(id)}`, lands);
    if (this.arrived.size > 2000) this.arrived = new Map([...this.arrived].filter(([, when]) => when > wall));
    return lands;
  }

  edgePulse(link) {
    const group = this.travel.routes.get(link)?.group;
    if (!group || group.classList.contains("pulse")) return;
    group.classList.add("pulse");
    setTimeout(() => group.classList.remove("pulse"), 200);
  }

  pillsAt(wall) {
    if (!this.pills.size && !this.travel.dirty) return false;
    if (wall - (this.pillsShown || 0) >= 1000) {
      this.travel.drawPills(this.pills);
      this.pills.clear();
      this.pillsShown = wall;
    }
    return true;
  }

  // --- Pictures of nodes and links ---

  node(id) { return this.svg?.querySelector(`[data-node="${CSS.escape(id)}"]`); }

  /** A node's new picture in the place of the old one: the focus stays, and tokens that stay glide to their place. */
  swap(id, markup) {
    const old = this.node(id);
    if (!old) return;
    const fresh = svgFrom(this.instead.get(id) || markup), glides = !reducedMotion() && this.seen && !document.hidden;
    const places = new Map();
    if (glides) for (const token of old.querySelectorAll(".token[data-message]")) places.set(token.dataset.message, token.getAttribute("transform"));
    const gliding = [];
    if (places.size && places.size <= 60) {
      for (const token of fresh.querySelectorAll(".token[data-message]")) {
        const before = places.get(token.dataset.message), after = token.getAttribute("transform");
        if (before && before !== after) { token.setAttribute("transform", before); gliding.push([token, after]); }
      }
    }
    for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    old.replaceChildren(...fresh.childNodes);
    if (gliding.length) {
      old.getBoundingClientRect(); // the place before is taken in, so that the next one is reached by a transition
      for (const [token, after] of gliding) token.setAttribute("transform", after);
    }
    this.mark(old);
    this.timesChanged = true;
    this.onSwap(id);
    this.sight.follow(old);
  }

  setLink(id, view) {
    const group = this.travel.routes.get(id)?.group;
    if (!group || !view) return;
    const drawn = (this.narrow.matches && view.narrow_svg) || view.svg;
    if (drawn) group.innerHTML = svgFrom(drawn).innerHTML;
    const status = view.status || "ok";
    group.dataset.status = status;
    const kind = group.dataset.kind === "redrive" ? "redrive" : status;
    group.setAttribute("class", `link link-${kind}`);
    const title = group.querySelector("title"), words = title?.textContent.split(":")[0];
    if (title) title.textContent = view.says ? `${words}: ${view.says}` : words;
  }

  // --- Selection ---

  choose(chosen) {
    this.chosen = { node: null, message: null, ...chosen };
    this.travel.followed = originOf(this.chosen.message);
    this.svg?.querySelectorAll(".selected").forEach((each) => each.classList.remove("selected"));
    this.mark();
  }

  mark(part = this.svg) {
    const { node, message } = this.chosen;
    if (!part || (node === null && message === null)) return;
    if (node !== null) (part.dataset.node === node ? part : part.querySelector(`[data-node="${CSS.escape(node)}"]`))?.classList.add("selected");
    if (message === null) return;
    const origin = originOf(message);
    for (const token of part.querySelectorAll(".token[data-message]")) {
      if (token.dataset.message && originOf(Number(token.dataset.message)) === origin) token.classList.add("selected");
    }
  }

  // --- What shrinks, grows or counts with the clock ---

  rings(now) {
    if (this.timesChanged) {
      this.timed = [...(this.svg?.querySelectorAll("[data-until], [data-since]") || [])];
      this.timesChanged = false;
    }
    for (const each of this.timed || []) {
      const { from, until, since, width } = each.dataset;
      if (each.tagName === "circle") {
        const left = Math.min(1, Math.max(0, (until - now) / (until - from || 1)));
        const dashes = `${left.toFixed(3)} 1`;
        if (each.getAttribute("stroke-dasharray") !== dashes) each.setAttribute("stroke-dasharray", dashes);
      } else if (width) {
        const grown = (Math.min(1, Math.max(0, (now - from) / (until - from || 1))) * width).toFixed(1);
        if (each.getAttribute("width") !== grown) each.setAttribute("width", grown);
      } else {
        const text = each.textContent, far = from && OF.exec(text);
        let written;
        if (far) {
          const done = Math.min(Math.max(now - from, 0), until - from), fine = until - from < 3000;
          written = `${fine ? (done / 1000).toFixed(1) : Math.floor(done / 1000)} s of ${far[2]}`;
        } else if (from) {
          written = text.replace(TIME, remaining(Math.min(Math.max(now - from, 0), until - from)));
        } else {
          written = until ? text.replace(TIME, remaining(until - now)) : spelt(Math.max(0, Math.floor((now - since) / 1000)));
        }
        if (written !== text) each.textContent = written;
      }
    }
  }
}
