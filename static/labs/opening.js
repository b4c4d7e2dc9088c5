// A lab's opening: a run that the server has made beforehand, played in a few seconds as if it came from there.

const OPENING_MOST_MS = 3200, IDLE_TAKES_MS = 700, FIRST_WITHIN_MS = 500, TICK_MS = 100;

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
  const pace = skips ? 1 : Math.max(speed, (to_ms - from_ms) / OPENING_MOST_MS);
  let wall = 0;
  const plan = instants.map((at, place) => {
    wall += place ? Math.min((at - instants[place - 1]) / pace, skips ? IDLE_TAKES_MS : Infinity) : 0;
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

/** Hands `onBatch` what the server would have sent, and says with the last one that it is the last. Returns a timer. */
export function playOpening(opening, clock, onBatch) {
  const { from_ms, to_ms, records, steps } = opening, { plan, pace, skips } = planOf(opening);
  const begun = performance.now() + 300, ends = plan.at(-1)[1];
  let record = 0, step = 0;
  bill(steps[0]?.bills);
  return setInterval(() => {
    const passed = performance.now() - begun;
    if (passed < 0) return;
    const next = plan.findIndex(([, when]) => when > passed);
    const at = next < 0 ? to_ms : next === 0 ? from_ms : plan[next - 1][0] + ((plan[next][0] - plan[next - 1][0]) * (passed - plan[next - 1][1])) / (plan[next][1] - plan[next - 1][1] || 1);
    const batch = { clock: { ...clock, now_ms: at, running: passed < ends, speed: pace, reached_speed: pace, skip_idle: skips }, records: [], parts: {}, narrow_parts: {}, links: {} };
    while (record < records.length && records[record].at_ms <= at) batch.records.push(records[record++]);
    while (step < steps.length && steps[step].at_ms <= at) {
      bill(steps[step].bills);
      Object.assign(batch.parts, steps[step].parts);
      Object.assign(batch.narrow_parts, steps[step].narrow_parts);
      Object.assign(batch.links, steps[step].links);
      step++;
    }
    onBatch(batch, passed >= ends);
  }, TICK_MS);
}
