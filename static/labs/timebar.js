// The time bar: what happened when, one lane for each figure, one axis and one playhead for all of it. Long stretches in
// which nothing happens are folded. Dragging, keys, a mark or a typed time look back.

import { remaining, spelt } from "./stage.js";

const MARK_EVERY_PX = 18, ROUTINE_PX = 28;
const GRAVITY = { fail: 5, caught: 4, wait: 3, run: 2, ok: 1, idle: 0 };
const WORDS = { fail: "failed", caught: "came back", wait: "waiting", run: "under way", ok: "succeeded", idle: "passed over" };
const FOLD_PX = [80, 132];
const TICK_LETTER = 6.7;
const TOP = 26, LANE = 40, AXIS = 22, LEFT = 128, RIGHT = 20;
const SPANS = [10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 480, 600, 900, 1200, 1800, 2700, 3600, 5400, 7200, 10800, 14400, 21600, 43200, 86400];
const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
const DAY = 86_400_000;
const MOST_MARKS = 600, MOST_POINTS = 1200; // as the server keeps them
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const two = (n) => String(n).padStart(2, "0");

/** The time of day of a virtual instant, with the date once it is another day. */
export class Wall {
  constructor(startsAt) { this.start = Date.parse(startsAt) || 0; this.day = Math.floor(this.start / DAY); }

  text(ms, { tenths = false, date = true } = {}) {
    const at = new Date(this.start + ms), clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
    const fine = tenths ? `.${Math.floor(at.getUTCMilliseconds() / 100)}` : "";
    const other = Math.floor((this.start + ms) / DAY) !== this.day;
    return date && other ? `${at.getUTCDate()} ${at.toLocaleString("en-GB", { month: "short", timeZone: "UTC" })} ${clock}` : clock + fine;
  }

  date(ms) { return new Date(this.start + ms).toLocaleString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }); }

  /** What somebody typed as an instant: a time of day, with a date or without, or minutes and seconds since 0. */
  read(text, near) {
    const found = /^(?:(\d{1,2})\s+([a-z]{3,})\s+)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?$/i.exec(text.trim());
    if (!found) return null;
    const [, day, month, first, second, third, part] = found;
    if (Number(second) > 59 || Number(third || 0) > 59 || ((day || third !== undefined) && Number(first) > 23)) return null;
    const fraction = part ? Number(part.padEnd(3, "0")) : 0;
    if (third === undefined && !day) return (Number(first) * 60 + Number(second)) * 1000; // 1:20 after the start
    const midnight = day ? Date.parse(`${day} ${month} ${new Date(this.start).getUTCFullYear()} UTC`) : Math.floor((this.start + near) / DAY) * DAY;
    return Number.isNaN(midnight) ? null : midnight + ((Number(first) * 60 + Number(second)) * 60 + Number(third || 0)) * 1000 + fraction - this.start;
  }
}

/** The next round number for the top of a lane. */
function roundTop(value, seconds) {
  if (seconds && value > 20) return [30, 60, 90, 120, 180, 240, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 172800, 345600, 604800, 1209600].find((top) => top >= value) || value;
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 1.5, 2, 3, 4, 5, 8, 10].map((digit) => digit * power).find((top) => top >= value && top >= 4) || 10 * power;
}

/** Of each two older ones the graver or higher stays: a run of hours is drawn as quickly as one of minutes. */
function thinned(all, most, weight) {
  if (all.length <= most) return all;
  const half = all.slice(0, most / 2), later = all.slice(most / 2);
  return half.filter((one, place) => (place % 2 ? weight(one) > weight(half[place - 1]) : weight(one) >= weight(half[place + 1] ?? one))).concat(later);
}

const isAge = ({ metric }) => metric === "ApproximateAgeOfOldestMessage";

/** An age between two looks: it grows a second a second, or as straight as it must to be what the next look says. */
function aged([at, value], ms, next, holds) {
  if (next && next[1] > value) return value + ((next[1] - value) * (ms - at)) / (next[0] - at || 1);
  return value > 0 || holds ? value + (ms - at) / 1000 : 0;
}

/** What a lane is called where there is little room: its node, and what is counted there. */
function nameOf({ label, metric }) {
  const title = label.replace(/ (waiting|oldest waits, s|started)$/, "");
  return [title.length > 17 ? `${title.slice(0, 16)}…` : title, /Age/.test(metric) ? "oldest" : /Visible/.test(metric) ? "waiting" : "started"];
}

const graver = (one, other) => (GRAVITY[other] > GRAVITY[one] ? other : one);
const wideOf = (many) => (many > 1 ? 24 + 7 * String(many).length : 18);
/** The pixels between two pills; routine ones keep their distance, so that the grave ones stand out. */
function apart(one, other) {
  const routine = Math.max(GRAVITY[one.grave], GRAVITY[other.grave]) < GRAVITY.wait && one.marks.length + other.marks.length > 3;
  return (other.first + other.last - one.first - one.last - wideOf(one.marks.length) - wideOf(other.marks.length)) / 2 - (routine ? ROUTINE_PX : 3);
}

export class Timebar {
  /** `onLook(ms)` is called with the instant that somebody wants to see; `onStep(±1)` for the next or previous event. */
  constructor(root, { startsAt, few = () => false, fewer = () => false, onLook, onStep, onChoose = () => {} }) {
    this.root = root;
    this.chart = root.querySelector(".timeline");
    this.handle = root.querySelector(".playhead");
    this.wall = new Wall(startsAt);
    this.marks = [];
    this.lanes = [];
    this.tops = [];
    this.begin = this.live = this.now = this.end = 0;
    this.opened = new Set();
    this.onLook = onLook;
    this.few = few;
    this.fewer = fewer;
    this.more = root.querySelector("#more-lanes");
    this.more.addEventListener("click", () => { this.all = !this.all; this.fit(); });
    addEventListener("resize", () => this.fit());
    this.svg = this.chart.insertBefore(document.createElementNS("http://www.w3.org/2000/svg", "svg"), this.handle);
    this.svg.setAttribute("class", "chart");
    this.svg.setAttribute("aria-hidden", "true");
    new ResizeObserver(() => this.draw()).observe(this.chart);
    const low = matchMedia("(width < 80rem), (height < 37.5rem)"); // there the bar is docked, and nothing focused may hide behind it
    new ResizeObserver(() => {
      const docked = low.matches ? root.offsetHeight : 0, style = document.documentElement.style;
      style.setProperty("--timebar", `${docked}px`);
      style.setProperty("--dock", `${docked && docked + 56}px`);
    }).observe(root);
    this.chart.addEventListener("pointerdown", (event) => this.press(event));
    this.handle.addEventListener("keydown", (event) => {
      const far = (this.live - this.begin) / 10 || 1000;
      const to = { ArrowLeft: () => onStep(-1), ArrowDown: () => onStep(-1), ArrowRight: () => onStep(1), ArrowUp: () => onStep(1),
        PageUp: () => onLook(this.now - far), PageDown: () => onLook(this.now + far), Home: () => onLook(this.begin), End: () => onLook(this.live) }[event.key];
      if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      to();
    });
    this.onChoose = onChoose;
  }

  set({ marks, lanes, begin_ms, clock }) {
    this.marks = [...marks];
    this.lanes = lanes.map((lane) => ({ ...lane, points: [...lane.points] }));
    this.tops = lanes.map(() => 0);
    this.begin = begin_ms ?? this.begin;
    this.live = clock.live_ms;
    this.end = 0;
    this.fit();
  }

  /** As many lanes as there is room for; the rest at a press. */
  fit() {
    const least = this.roomFor(), more = this.lanes.length - least;
    if (more <= 0) this.all = false;
    this.more.hidden = more <= 0 || this.narrow;
    this.more.setAttribute("aria-expanded", Boolean(this.all));
    this.more.textContent = this.all ? "Fewer lanes" : `${more} more ${more === 1 ? "lane" : "lanes"}`;
    this.root.style.setProperty("--lanes", this.shownLanes.length);
    this.draw();
  }

  add({ marks = [], lanes = {}, clock }) {
    this.marks = thinned(this.marks.concat(marks), MOST_MARKS, ([, status]) => GRAVITY[status]);
    for (const [place, points] of Object.entries(lanes)) {
      const lane = this.lanes[place];
      if (lane) lane.points = thinned(lane.points.concat(points), MOST_POINTS, ([, value]) => value);
    }
    this.live = clock.live_ms;
    this.later();
  }

  get shownLanes() { return this.narrow ? [] : this.all ? this.lanes : this.lanes.slice(0, this.roomFor()); }

  roomFor() {
    const height = innerHeight / this.scale, low = height < 820;
    if (height < 600 || (low && this.fewer())) return 0;
    const few = this.few() || this.fewer();
    return height >= 1000 ? (few ? 2 : 4) : low || few ? 1 : 2;
  }

  get narrow() { return this.chart.clientWidth / this.scale < 480; }

  /** The drawing's own pixels in one of the page's: it grows with the reader's letters. */
  get scale() { return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16; }

  later() { this.waits ||= setTimeout(() => { this.waits = 0; this.draw(); }, 250); }

  // --- The axis: pieces of time with their pixels, folded where nothing happens ---

  lay(width) {
    const left = this.narrow ? 8 : LEFT, right = width - (this.narrow ? 8 : RIGHT);
    const needed = Math.max(this.live, this.now) - this.begin, content = (right - left);
    const times = [...new Set([this.begin, ...this.marks.map((mark) => mark[0]), ...this.shownLanes.flatMap((lane) => lane.points.map((point) => point[0])), this.live])]
      .filter((at) => at >= this.begin).sort((a, b) => a - b);
    const gaps = times.slice(1).map((at, place) => [times[place], at]).filter(([from, to]) => to > from);
    const median = gaps.map(([from, to]) => to - from).sort((a, b) => a - b)[gaps.length >> 1] || 0;
    const folds = gaps.filter(([from, to]) => to - from > needed / 10 && to - from >= 30_000 && to - from > 6 * median && !this.opened.has(from)).slice(-4)
      .reduce((kept, [from, to]) => { kept.at(-1)?.[1] === from ? (kept.at(-1)[1] = to) : kept.push([from, to]); return kept; }, []);
    const folded = folds.reduce((sum, [from, to]) => sum + to - from, 0);
    const open = (needed - folded) / 1000;
    const span = 1000 * (SPANS.find((seconds) => seconds >= open * 1.02) || Math.ceil(open / 86400 + 0.1) * 86400);
    this.span = folds.length ? Math.max(open * 1020, 2000) : Math.max(span, 10_000);
    const band = Math.min(FOLD_PX[1], Math.max(FOLD_PX[0], content / 7));
    const perMs = (content - folds.length * band) / this.span;
    this.pieces = [];
    let x = left, at = this.begin;
    for (const [from, to] of folds) {
      if (from > at) { this.pieces.push({ from: at, to: from, x, wide: (from - at) * perMs }); x += (from - at) * perMs; }
      this.pieces.push({ from, to, x, wide: band, fold: true });
      x += band;
      at = to;
    }
    this.pieces.push({ from: at, to: at + (right - x) / perMs, x, wide: right - x });
    this.left = left;
    this.right = right;
    this.end = this.pieces.at(-1).to;
  }

  x(ms) {
    const piece = this.pieces.find((each) => ms <= each.to) || this.pieces.at(-1);
    return Math.min(this.right, piece.x + (piece.wide * Math.max(0, ms - piece.from)) / (piece.to - piece.from || 1));
  }

  at(x) {
    const piece = this.pieces.find((each) => x <= each.x + each.wide) || this.pieces.at(-1);
    if (piece.fold) return x < piece.x + piece.wide / 2 ? piece.from : piece.to;
    return Math.round(piece.from + ((piece.to - piece.from) * Math.max(0, x - piece.x)) / (piece.wide || 1));
  }

  // --- Drawing ---

  draw() {
    const scale = this.drawn = this.scale, width = this.chart.clientWidth / scale;
    if (!width) return;
    const lanes = this.drawnLanes = this.shownLanes, height = TOP + lanes.length * LANE + (this.narrow ? 4 : AXIS);
    this.lay(width);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("width", width * scale);
    this.svg.setAttribute("height", height * scale);
    this.height = height;
    const line = TOP / 2 + 2;
    this.svg.innerHTML = `
      <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0v6"/></pattern>
      <clipPath id="past"><rect y="0" height="${height}" x="0"/></clipPath><clipPath id="rest"><rect y="0" height="${height}" width="${width}"/></clipPath></defs>
      <rect class="ahead" y="6" height="${height - (this.narrow ? 8 : AXIS) - 2}" fill="url(#hatch)"/>
      ${this.ticks(height)}${lanes.map((lane, place) => this.lane(lane, place)).join("")}
      <path class="rail" d="M${this.left} ${line}H${this.right}"/><path class="rail-done" data-y="${line}"/>
      ${this.pieces.filter((piece) => piece.fold).map((piece) => this.fold(piece, height)).join("")}
      ${this.pills(line)}${this.narrow ? "" : `<text class="lane-name" x="${this.left - 108}" y="${line + 4}">Events</text>`}
      <path class="needle"/>${lanes.map((lane, place) => `<circle class="dot lane-${place}" r="3.5"/>`).join("")}`;
    this.needle = this.svg.querySelector(".needle");
    this.show(this.now, true);
  }

  ticks(height) {
    if (this.narrow) return "";
    const drawn = [], low = height - AXIS;
    let shown = this.wall.date(this.begin);
    const tick = (at, x, anchor, text) => drawn.push(`<path class="tick" d="M${x.toFixed(1)} ${TOP}V${low}"/><text class="tick-text" x="${x.toFixed(1)}" y="${height - 6}" text-anchor="${anchor}">${text}</text>`);
    let free = -Infinity;
    for (const piece of this.pieces) {
      if (piece.fold) continue;
      const room = piece.wide, long = piece.to - piece.from;
      const step = 1000 * (STEPS.find((seconds) => ((seconds * 1000) / long) * room >= 92) || 86400);
      for (let at = Math.ceil((piece.from + this.wall.start) / step) * step - this.wall.start; at <= piece.to; at += step) {
        const x = this.x(at), day = this.wall.date(at), clock = this.wall.text(at, { date: false });
        const text = day === shown ? clock : `${day} ${clock.slice(0, 5)}`, wide = TICK_LETTER * text.length;
        const anchor = x < this.left + wide / 2 - 4 ? "start" : x > this.right - wide / 2 + 4 ? "end" : "middle";
        const from = x - { start: 0, middle: wide / 2, end: wide }[anchor];
        if (from < free || x > this.right - 26 && x < this.right - 4) continue;
        tick(at, x, anchor, text);
        shown = day;
        free = from + wide + 10;
      }
    }
    return drawn.join("");
  }

  fold(piece, height) {
    const text = spelt(Math.ceil((piece.to - piece.from) / 1000));
    const wide = 16 + 6.4 * text.length, middle = piece.x + piece.wide / 2, low = height - (this.narrow ? 4 : AXIS), y = this.narrow ? TOP / 2 + 2 : (TOP + low) / 2;
    return `<g class="fold" data-fold="${piece.from}"><title>${escaped(text)} in which nothing happens. Press to unfold.</title>
      <rect class="fold-ground" x="${piece.x}" y="4" width="${piece.wide}" height="${low - 4}"/><rect x="${piece.x}" y="4" width="${piece.wide}" height="${low - 4}" fill="url(#hatch)"/>
      <rect class="fold-pill" x="${middle - wide / 2}" y="${y - 10}" width="${wide}" height="20" rx="10"/><text class="fold-text" x="${middle}" y="${y + 4}" text-anchor="middle">${escaped(text)}</text></g>`;
  }

  lane(lane, place) {
    const seconds = /Age|seconds/.test(lane.metric), top = TOP + place * LANE + 6, low = TOP + (place + 1) * LANE - 2;
    const most = lane.points.reduce((high, point) => Math.max(high, point[1]), isAge(lane) ? this.valueAt(lane, Math.max(this.live, this.now)) : 0);
    this.tops[place] = Math.max(this.tops[place], roundTop(Math.max(most, 1.25 * (lane.alarm || 0)), seconds));
    const y = (value) => low - ((low - top) * value) / this.tops[place];
    let d = "", before = null;
    for (const [at, value] of lane.points) {
      if (at < this.begin) { before = [at, value]; continue; }
      if (!d) d = `M${this.x(Math.max(this.begin, before ? this.begin : at)).toFixed(1)} ${y(before ? before[1] : value).toFixed(1)}`;
      const x = this.x(at).toFixed(1);
      d += seconds ? `L${x} ${y(value).toFixed(1)}` : `H${x}V${y(value).toFixed(1)}`;
    }
    if (!d && before) d = `M${this.left} ${y(before[1]).toFixed(1)}`;
    if (d && seconds) d += `L${this.right} ${y(this.valueAt(lane, this.end)).toFixed(1)}`;
    if (d) d += `H${this.right}`;
    const area = d ? `${d}V${low}H${d.slice(1).split(" ")[0]}z` : "", scale = seconds ? remaining(this.tops[place] * 1000) : this.tops[place].toLocaleString("en-GB");
    const [name, what] = nameOf(lane);
    const alarm = lane.alarm ? `<path class="lane-alarm" d="M${this.left} ${y(lane.alarm).toFixed(1)}H${this.right}"><title>Alarm line at ${lane.alarm.toLocaleString("en-GB")} visible messages</title></path>
      <text class="lane-alarm-text" x="${this.left + 48}" y="${(y(lane.alarm) - 3).toFixed(1)}">alarm at ${lane.alarm.toLocaleString("en-GB")}</text>` : "";
    return `<g class="lane-${place}"><path class="lane-top" d="M${this.left} ${top}H${this.right}"/>
      <path class="lane-area" d="${area}" clip-path="url(#past)"/><path class="lane-line" d="${d}" clip-path="url(#past)"/><path class="lane-line later" d="${d}" clip-path="url(#rest)"/>
      ${alarm}<rect class="lane-ground" x="${this.left + 2}" y="${top + 1}" width="${6 + 6.6 * scale.length}" height="14"/><text class="tick-text" x="${this.left + 5}" y="${top + 12}">${scale}</text>
      <text class="lane-name" x="${this.left - 108}" y="${top + 10}"><title>${escaped(lane.label)}</title>${escaped(name)}</text>
      <text class="lane-name" x="${this.left - 108}" y="${top + 27}">${what} <tspan class="lane-value" data-lane="${place}" data-unit="${seconds ? 1 : ""}"></tspan></text></g>`;
  }

  /** The figure at an instant. An age that has not been looked at again grows by itself. */
  valueAt(lane, ms) {
    const place = lane.points.findLastIndex(([at]) => at <= ms);
    if (place < 0) return 0;
    const point = lane.points[place], next = lane.points[place + 1];
    return isAge(lane) ? aged(point, ms, next, !next && this.waitsIn(lane.node, ms)) : point[1];
  }

  waitsIn(node, ms) {
    const lane = this.lanes.find((each) => each.node === node && /Visible/.test(each.metric));
    return Boolean(lane && this.valueAt(lane, ms) > 0);
  }

  /** Marks nearer than 18 px merge into a pill with the gravest status and their number. */
  pills(line) {
    let groups = [];
    for (const mark of this.marks) {
      if (mark[0] < this.begin) continue;
      const x = this.x(mark[0]), last = groups.at(-1);
      if (last && x - last.first < MARK_EVERY_PX && !this.folds(last.at, mark[0])) { last.marks.push(mark); last.last = x; last.grave = graver(last.grave, mark[1]); }
      else groups.push({ first: x, last: x, at: mark[0], marks: [mark], grave: mark[1] });
    }
    for (let before = 0; before !== groups.length;) { // pills that would touch become one
      before = groups.length;
      groups = groups.reduce((kept, group) => {
        const last = kept.at(-1);
        if (!last || apart(last, group) >= 0 || this.folds(last.at, group.at)) kept.push(group);
        else { last.last = group.last; last.marks = last.marks.concat(group.marks); last.grave = graver(last.grave, group.grave); }
        return kept;
      }, []);
    }
    return groups.map(({ first, last, at, marks, grave }) => {
      const many = marks.length, x = (first + last) / 2, wide = wideOf(many);
      const says = many > 1 ? `${many} events, ${WORDS[grave]}: ${marks.slice(0, 6).map((mark) => mark[2]).join(" ")}${many > 6 ? " …" : ""}` : `${this.wall.text(at)} ${marks[0][2]}`;
      const target = many > 1 ? (marks.find((mark) => mark[1] === grave) || marks[0])[0] : at;
      return `<g class="mark-pill pill-${grave}${many > 1 ? " many" : ""}" data-at="${target}" data-many="${many}" transform="translate(${x.toFixed(1)} ${line})"><title>${escaped(says)}</title>
        <rect class="mark-ground" x="${-wide / 2}" y="-9" width="${wide}" height="18" rx="9"/><use href="#mark-${grave}" x="${many > 1 ? -wide / 2 + 3 : -7}" y="-7" width="14" height="14"/>
        ${many > 1 ? `<text class="mark-many" x="${-wide / 2 + 20}" y="4">${many}</text>` : ""}</g>`;
    }).join("");
  }

  folds(from, to) { return this.pieces.some((piece) => piece.fold && piece.from >= from && piece.to <= to); }

  /** Move the playhead. */
  show(now, whole = false) {
    if (!whole && Math.abs(now - this.now) < 1) return;
    this.now = now;
    if (!this.pieces || !this.needle) return;
    if (now > this.end && !whole) { this.draw(); return; }
    const x = this.x(now), line = TOP / 2 + 2, looking = this.looking || this.dragging;
    const values = this.drawnLanes.map((lane) => this.valueAt(lane, now)), told = values.join();
    if (!whole && Math.abs(x - this.shownX) < 0.3 && this.looked === looking && this.told === told) return;
    if (values.some((value, place) => value > this.tops[place])) this.later(); // an age that has outgrown its lane
    this.shownX = x;
    this.told = told;
    this.looked = looking;
    const past = this.svg.querySelector("#past rect"), rest = this.svg.querySelector("#rest rect"), ahead = this.svg.querySelector(".ahead");
    past.setAttribute("width", Math.max(0, x));
    rest.setAttribute("x", x);
    rest.setAttribute("width", Math.max(0, this.x(this.live) - x));
    ahead.setAttribute("x", x);
    ahead.setAttribute("width", looking ? Math.max(0, this.right - x) : 0);
    this.svg.querySelector(".rail-done").setAttribute("d", `M${this.left} ${line}H${x.toFixed(1)}`);
    this.needle.setAttribute("d", `M${x.toFixed(1)} ${line}V${this.height - (this.narrow ? 4 : AXIS)}`);
    this.handle.style.transform = `translate(${(x * this.drawn).toFixed(1)}px, ${line * this.drawn}px)`;
    this.drawnLanes.forEach((lane, place) => {
      const value = values[place], top = TOP + place * LANE + 6, low = TOP + (place + 1) * LANE - 2;
      const dot = this.svg.querySelector(`.dot.lane-${place}`), text = this.svg.querySelector(`[data-lane="${place}"]`);
      dot.setAttribute("cx", x.toFixed(1));
      dot.setAttribute("cy", (low - ((low - top) * value) / (this.tops[place] || 1)).toFixed(1));
      const written = text.dataset.unit ? remaining(Math.floor(value) * 1000) : value.toLocaleString("en-GB");
      if (text.textContent !== written) text.textContent = written;
    });
  }

  describe(words) {
    const at = Math.round(this.now - this.begin);
    this.handle.setAttribute("aria-valuemax", Math.round(this.live - this.begin));
    this.handle.setAttribute("aria-valuenow", at);
    this.handle.setAttribute("aria-valuetext", words);
  }

  // --- Pointer ---

  press(event) {
    const fold = event.target.closest?.("[data-fold]"), mark = event.target.closest?.("[data-at]");
    if (event.button || this.disabled) return;
    if (fold) { this.opened.add(Number(fold.dataset.fold)); this.draw(); return; }
    if (mark) { this.onLook(Number(mark.dataset.at)); return; }
    const x = this.pointerX(event);
    if (x < this.left - 12) return;
    event.preventDefault();
    this.handle.focus({ preventScroll: true });
    this.chart.setPointerCapture(event.pointerId);
    let wanted = null, sent = 0;
    const send = () => { sent = 0; if (wanted !== null) { this.onLook(wanted); wanted = null; } };
    const move = (moved) => {
      wanted = Math.max(this.begin, Math.min(this.live, this.at(this.pointerX(moved))));
      this.dragging = true;
      this.show(wanted);
      sent ||= setTimeout(send, 80);
    };
    const held = new AbortController(), { signal } = held;
    const up = () => {
      held.abort();
      this.dragging = false;
      clearTimeout(sent);
      send();
    };
    move(event);
    for (const [act, does] of Object.entries({ pointermove: move, pointerup: up, pointercancel: up })) this.chart.addEventListener(act, does, { signal });
  }

  pointerX(event) { return (event.clientX - this.chart.getBoundingClientRect().left) / this.scale; }
}
