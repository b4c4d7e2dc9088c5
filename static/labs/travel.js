// What moves: messages on their way along the edges, on a canvas above the diagram. The place of a token is a function
// of when it left and of the time, so a late frame never drifts. Positions are those of the diagram's own coordinates.

const ROUND = Math.PI * 2;
const PULSE_MS = 120, DROP_MS = 320, HALO_MS = 600;
const MOST_MOVING = 60;
const PACKET_EVERY_MS = [0, 0, 350, 900];
const UP = [4, 20, 200], DOWN = [3, 15, 150]; // messages a wall second from which a coarser, a finer level of detail holds
const HUES = ["order", "refund", "signup", "payment", "notice"];
const SHAPES = {
  order: (r) => circle(r),
  refund: (r) => new Path2D(`M0 ${-1.14 * r}L${1.14 * r} 0 0 ${1.14 * r} ${-1.14 * r} 0z`),
  signup: (r) => { const path = new Path2D(); path.roundRect(-0.88 * r, -0.88 * r, 1.76 * r, 1.76 * r, 0.32 * r); return path; },
  payment: (r) => new Path2D(`M${-1.06 * r} 0L${-0.53 * r} ${-0.92 * r}H${0.53 * r}L${1.06 * r} 0 ${0.53 * r} ${0.92 * r}H${-0.53 * r}z`),
  notice: (r) => new Path2D(`M0 ${-1.08 * r}L${1.06 * r} ${0.82 * r}H${-1.06 * r}z`),
};
const circle = (r) => { const path = new Path2D(); path.arc(0, 0, r, 0, ROUND); return path; };
const shapes = new Map();
function shapeOf(looks, r) {
  const key = `${looks} ${r}`;
  if (!shapes.has(key)) shapes.set(key, (SHAPES[looks] || circle)(r));
  return shapes.get(key);
}
const counted = new Intl.NumberFormat("en-GB");

/** How long one hop takes: about a second at up to four messages a second, shorter as rate or speed grows. */
function hopMs(rate, speed) {
  const slow = 1000 / (1 + 0.35 * Math.log2(Math.max(1, speed)));
  return Math.round(Math.min(1200, Math.max(160, slow * Math.min(1, 4 / Math.max(rate, 0.1)))));
}

class Route {
  constructor(group) {
    const edge = group.querySelector("[data-path]"), points = edge.dataset.path.trim().split(/\s+/).map((pair) => pair.split(",").map(Number));
    this.group = group;
    this.redrive = group.dataset.kind === "redrive";
    this.points = points;
    this.lengths = [0];
    for (let i = 1; i < points.length; i++) {
      this.lengths.push(this.lengths[i - 1] + Math.hypot(points[i][0] - points[i - 1][0], points[i][1] - points[i - 1][1]));
    }
    this.length = this.lengths.at(-1) || 1;
  }

  at(part) {
    const along = Math.min(1, Math.max(0, part)) * this.length, lengths = this.lengths;
    let low = 0, high = lengths.length - 1;
    while (high - low > 1) { const middle = (low + high) >> 1; lengths[middle] <= along ? (low = middle) : (high = middle); }
    const [x0, y0] = this.points[low], [x1, y1] = this.points[high] || [x0, y0];
    const share = (along - lengths[low]) / (lengths[high] - lengths[low] || 1);
    return [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
  }
}

/** Messages a second of wall time on one link, and the level of detail that goes with it, with hysteresis. */
class Rate {
  constructor() { this.passed = []; this.level = 0; }

  add(now, many) { this.passed.push([now, many]); }

  measure(now) {
    while (this.passed.length && this.passed[0][0] < now - 1000) this.passed.shift();
    const rate = this.passed.reduce((sum, [, many]) => sum + many, 0);
    while (this.level < 3 && rate > UP[this.level]) this.level++;
    while (this.level > 0 && rate < DOWN[this.level - 1]) this.level--;
    return rate;
  }
}

export class Travel {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.routes = new Map();
    this.rates = new Map();
    this.moving = [];
    this.flashes = [];
    this.waiting = new Map(); // link and look → messages that the next packet will carry
    this.followed = null;
    this.dirty = false;
  }

  /** Take in a diagram: where its edges run. Called again when it is drawn anew or changes its size. */
  measure(svg, width, height) {
    this.svg = svg;
    const box = svg.viewBox.baseVal;
    this.scale = width / box.width;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.ratio = ratio;
    this.routes = new Map([...svg.querySelectorAll("[data-link]")].map((group) => [group.dataset.link, new Route(group)]));
    this.colours();
  }

  colours() {
    const probe = document.createElement("i");
    this.canvas.parentNode.append(probe);
    const read = (name) => { probe.style.color = `var(--${name})`; return getComputedStyle(probe).color; };
    this.hue = Object.fromEntries(HUES.map((name) => [name, read(`m-${name}`)]));
    for (const name of ["surface", "ink", "ink-2", "ink-3", "act", "fail", "sns", "caught", "line-2"]) this.hue[name] = read(name);
    probe.remove();
    this.face = getComputedStyle(document.documentElement).getPropertyValue("--mono") || "monospace";
  }

  rateOf(link, now) { return this.rates.get(link)?.measure(now) ?? 0; }

  count(link, many, now) {
    if (!this.rates.has(link)) this.rates.set(link, new Rate());
    this.rates.get(link).add(now, many);
  }

  /** Send messages along a link. Returns when they land; with `back` they run from its end to its beginning. */
  launch({ link, looks = "", letter = "", many = 1, id = null, start, speed = 1, back = false, coarse = false, now }) {
    const route = this.routes.get(link);
    if (!route) return start;
    this.count(link, many, now);
    const rate = this.rates.get(link), perSecond = rate.measure(now), mine = this.followed !== null && id !== null && Math.floor(id / 256) === this.followed;
    this.level(link, rate.level);
    const ms = route.redrive ? DROP_MS : hopMs(perSecond, speed);
    const packed = !mine && (coarse || rate.level >= 2 || many > 1 || this.moving.length >= MOST_MOVING);
    if (packed && (rate.level >= 2 || many === 1)) {
      const key = `${link} ${looks}`, gathered = this.waiting.get(key);
      if (gathered) { gathered.many += many; return gathered.start + gathered.ms; }
      const every = PACKET_EVERY_MS[Math.max(rate.level, coarse && perSecond > 4 ? 2 : 0)] || 0;
      const flight = { link, route, looks, many, start: start + every, ms: Math.max(ms, 300), packed: true, back, key };
      if (every) this.waiting.set(key, flight);
      this.moving.push(flight);
      return flight.start + flight.ms;
    }
    this.moving.push({ link, route, looks, letter, many, start, ms, packed: packed && many > 1, back, mine, small: rate.level === 1 });
    return start + ms;
  }

  /** A node's moment: a pulse where a topic takes a message, a halo where one was moved to a dead-letter queue. */
  flash(node, kind, start) {
    if (kind === "halo" && this.flashes.some((each) => each.kind === "halo" && Math.abs(each.start - start) < 500)) return; // one attention effect at a time
    this.flashes.push({ node, kind, start, ms: kind === "halo" ? HALO_MS : PULSE_MS });
  }

  static pulseMs = PULSE_MS;

  level(link, level) {
    const group = this.routes.get(link)?.group;
    if (group && group.dataset.rate !== String(level)) level ? (group.dataset.rate = level) : delete group.dataset.rate;
  }

  clear() {
    this.moving.length = this.flashes.length = 0;
    this.waiting.clear();
    for (const link of this.rates.keys()) this.level(link, 0);
    this.rates.clear();
    this.wipe();
  }

  wipe() {
    this.pen.setTransform(1, 0, 0, 1, 0, 0);
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.dirty = false;
    delete this.canvas.dataset.moves;
  }

  /** Draw what moves at that instant. True while something does, or will. */
  draw(now) {
    const alive = this.moving.filter((each) => now < each.start + each.ms);
    this.moving = alive;
    this.flashes = this.flashes.filter((each) => now < each.start + each.ms);
    let bands = 0;
    for (const [link, rate] of this.rates) {
      rate.measure(now);
      this.level(link, rate.level);
      if (rate.level === 3) bands++;
      if (!rate.passed.length) this.rates.delete(link);
    }
    if (!alive.length && !this.flashes.length && !bands) {
      if (this.dirty) this.wipe();
      return this.rates.size > 0;
    }
    this.wipe();
    this.dirty = true;
    this.canvas.dataset.moves = alive.length;
    const k = this.scale * this.ratio;
    this.pen.setTransform(k, 0, 0, k, 0, 0);
    for (const flash of this.flashes) if (now >= flash.start) this.drawFlash(flash, (now - flash.start) / flash.ms);
    for (const each of alive) {
      if (now < each.start) continue;
      if (each.key && this.waiting.get(each.key) === each) this.waiting.delete(each.key);
      const part = (now - each.start) / each.ms, [x, y] = each.route.at(each.back ? 1 - part : part);
      each.packed ? this.drawPacket(each, x, y) : this.drawToken(each, x, y);
    }
    for (const [link, rate] of this.rates) if (rate.level === 3) this.drawRate(link, counted.format(Math.round(rate.measure(now))), " / s");
    return true;
  }

  drawToken({ looks, letter, small, mine }, x, y) {
    const pen = this.pen, path = shapeOf(looks, small ? 7 : 8);
    pen.translate(x, y);
    if (mine) {
      pen.strokeStyle = this.hue.act;
      pen.lineWidth = 2;
      pen.stroke(shapeOf("", 13));
    }
    pen.fillStyle = this.hue[looks] || this.hue["ink-2"];
    pen.strokeStyle = this.hue.surface;
    pen.lineWidth = 1.5;
    pen.fill(path);
    pen.stroke(path);
    if (letter) {
      pen.fillStyle = this.hue.surface;
      pen.font = `700 12px ${this.face}`;
      pen.textAlign = "center";
      pen.textBaseline = "alphabetic";
      pen.fillText(letter, 0, looks === "notice" ? 6 : 4);
    }
    pen.translate(-x, -y);
  }

  drawPacket({ looks, many }, x, y) {
    if (many === 1) { this.drawToken({ looks, small: true }, x, y); return; }
    const pen = this.pen, text = counted.format(many), wide = 22 + 7.2 * text.length, left = x - wide / 2, top = y - 9;
    pen.fillStyle = this.hue[looks] || this.hue["ink-2"];
    pen.globalAlpha = 0.4;
    pen.beginPath(); pen.roundRect(left + 3, top - 3, wide - 3, 18, 6); pen.fill();
    pen.globalAlpha = 1;
    pen.strokeStyle = this.hue.surface;
    pen.lineWidth = 1.25;
    pen.beginPath(); pen.roundRect(left, top, wide, 18, 6); pen.fill(); pen.stroke();
    pen.fillStyle = this.hue.surface;
    pen.translate(left + 9, y);
    pen.fill(shapeOf(looks, 4));
    pen.translate(-left - 9, -y);
    pen.font = `600 12px ${this.face}`;
    pen.textAlign = "right";
    pen.textBaseline = "alphabetic";
    pen.fillText(text, left + wide - 5, top + 13);
  }

  /** A pill on the middle of an edge: its rate, or what passed in this second where motion is reduced. On a short edge the number alone. */
  drawRate(link, number, unit) {
    const route = this.routes.get(link);
    if (!route) return;
    const long = 14 + 7.3 * (number + unit).length, across = Math.abs(route.at(1)[0] - route.at(0)[0]);
    const text = across > route.length / 2 && across < long + 8 ? number : number + unit;
    const pen = this.pen, [x, y] = route.at(0.5), wide = 14 + 7.3 * text.length;
    pen.beginPath();
    pen.roundRect(x - wide / 2, y - 10, wide, 20, 10);
    pen.fillStyle = this.hue.surface;
    pen.strokeStyle = this.hue["ink-2"];
    pen.lineWidth = 1.5;
    pen.fill(); pen.stroke();
    pen.fillStyle = this.hue.ink;
    pen.font = `600 12px ${this.face}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(text, x, y + 0.5);
  }

  drawFlash({ node, kind }, part) {
    const group = this.svg.querySelector(`[data-node="${CSS.escape(node)}"]`);
    const shape = group?.querySelector(".topic, .box");
    if (!shape) return;
    const box = shape.getBBox(), grow = kind === "halo" ? 10 * part : 6 * part, pen = this.pen;
    pen.globalAlpha = 1 - part;
    pen.strokeStyle = kind === "halo" ? this.hue.fail : this.hue.sns;
    pen.lineWidth = kind === "halo" ? 4 : 3;
    pen.beginPath();
    pen.roundRect(box.x - grow, box.y - grow, box.width + 2 * grow, box.height + 2 * grow, shape.matches(".topic") ? box.width : 12 + grow);
    pen.stroke();
    pen.globalAlpha = 1;
  }

  /** Where motion is reduced: what passed along each link in this second, as pills; nothing travels. */
  drawPills(pills) {
    this.wipe();
    if (!pills.size) return;
    this.dirty = true;
    const k = this.scale * this.ratio;
    this.pen.setTransform(k, 0, 0, k, 0, 0);
    for (const [link, many] of pills) this.drawRate(link, `+${counted.format(many)}`, " this s");
  }
}
