// A lab's opening: a run that the server has made beforehand, played in a few seconds as if it came from there.

import { reducedMotion } from "../js/page.js";

const $ = (id) => document.getElementById(id);
const OPENING_MOST_MS = 3200, IDLE_TAKES_MS = 700, FIRST_WITHIN_MS = 500, TICK_MS = 100;
const HOP_MS = 1250; // until the token that starts an execution has landed: only then is the machine seen to begin

/** The opening with its pictures, which it names by their numbers. */
export function openingOf(text, pictures) {
  const opening = JSON.parse(text), put = (named, keys) => { for (const key of keys) if (key in named) named[key] = pictures[named[key]]; };
  for (const { parts, narrow_parts, links } of opening.steps) {
    for (const each of [parts, narrow_parts]) put(each, Object.keys(each));
    for (const view of Object.values(links)) put(view, ["svg", "narrow_svg"]);
  }
  return opening;
}

/** When each instant of the opening is shown, in ms after its beginning, and how fast virtual time then passes. */
function planOf({ from_ms, to_ms, records, steps, speed }) {
  const instants = [...new Set([from_ms, ...records.map((record) => record.at_ms), ...steps.map((step) => step.at_ms), to_ms])].sort((a, b) => a - b);
  const skips = speed === "skip_idle", first = records[0]?.at_ms ?? to_ms;
  const started = records.find(({ type }) => type === "ExecutionStarted")?.at_ms, hop = started === undefined || reducedMotion() ? 0 : HOP_MS;
  const pace = skips ? 1 : Math.max(speed, (to_ms - from_ms) / (OPENING_MOST_MS - hop));
  let wall = 0;
  const plan = instants.map((at, place) => {
    if (place) wall += Math.min((at - instants[place - 1]) / pace, skips ? IDLE_TAKES_MS : Infinity) + (instants[place - 1] === started ? hop : 0);
    if (at === first) wall = Math.min(wall, FIRST_WITHIN_MS); // something moves soon, however long nothing happens at first
    return [at, wall];
  });
  return { plan, pace, skips };
}

/** The bills on the page follow, where machines are billed in different ways. */
function bill(figures = {}) {
  for (const [node, [usd, says, each]] of Object.entries(figures)) {
    const card = document.querySelector(`#bill-cards [data-bill="${CSS.escape(node)}"]`);
    if (!card) continue;
    card.querySelector(".bill-usd").textContent = usd;
    card.querySelector(".bill-says").textContent = says;
    const place = card.querySelector(".bill-each");
    place?.classList.toggle("not-yet", !each); // the card keeps its height
    if (place && each) place.textContent = `${each} an execution`;
  }
}

/** What the page says of an execution's cost, by the place where it stands. */
export function tellCost(words = {}) {
  for (const [name, text] of Object.entries(words)) { const place = $(`cost-${name.replace("_", "-")}`); if (place) place.textContent = text; }
}

/** Shows of the execution's history, whose events came at `times`, what had happened by an instant. */
function historyOf(times) {
  const option = $("execution")?.options[0], wrap = $("history-wrap");
  if (!times.length) return () => {};
  const whole = option.text, runs = $("runs-version").textContent;
  let shown = -1;
  return (at) => {
    const many = times.filter((ms) => ms <= at).length;
    if (many === shown) return;
    shown = many;
    [...$("history-rows").rows].forEach((row, place) => row.classList.toggle("ahead", place >= many));
    $("event-count").textContent = `${many} event${many === 1 ? "" : "s"}`;
    $("history-empty").hidden = many > 0;
    $("runs-version").textContent = many ? runs : option.text = "No execution yet";
    if (many) option.text = many < times.length ? whole.replace(/, \w+$/, ", running") : whole;
    wrap.scrollTop = wrap.scrollHeight;
  };
}

/**
 * Hands `onBatch` what the server would have sent, each picture at its own instant, and says with the last one that it is
 * the last. What stands beside the picture follows the instant that this shows, `now`, until it shows the end. Gives what
 * ends it, with everything as it is at rest.
 */
export function playOpening(opening, clock, onBatch, now) {
  const { from_ms, to_ms, records, steps } = opening, { plan, pace, skips } = planOf(opening), history = historyOf(opening.history);
  const begun = performance.now() + 300, ends = plan.at(-1)[1];
  let record = 0, step = 0, told = 0, handed = from_ms, reached = pace, over = false;
  const feed = (now_ms, { parts = {}, narrow_parts = {}, links = {} }, last = false) => {
    const batch = { clock: { ...clock, now_ms, running: !last, speed: pace, reached_speed: reached, skip_idle: skips }, records: [], parts, narrow_parts, links };
    while (record < records.length && records[record].at_ms <= now_ms) batch.records.push(records[record++]);
    handed = now_ms;
    onBatch(batch, last);
  };
  const tell = (until) => {
    for (; told < steps.length && steps[told].at_ms <= until; told++) { bill(steps[told].bills); tellCost(steps[told].cost); }
    history(until);
  };
  tell(from_ms);
  const timer = setInterval(() => {
    const passed = performance.now() - begun;
    if (passed < 0) return;
    const shown = Math.min(now(), handed);
    tell(shown);
    if (over) { if (shown >= to_ms) clearInterval(timer); return; }
    over = passed >= ends;
    const next = plan.findIndex(([, when]) => when > passed);
    let at = next < 0 ? to_ms : from_ms;
    if (next > 0) {
      const [[before, since], [after, until]] = plan.slice(next - 1, next + 1);
      reached = (after - before) / (until - since || 1);
      at = before + reached * (passed - since);
    }
    for (; step < steps.length && steps[step].at_ms <= at; step++) feed(steps[step].at_ms, steps[step]);
    feed(at, {}, over);
  }, TICK_MS);
  return () => { clearInterval(timer); tell(Infinity); };
}
