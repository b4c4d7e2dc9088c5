// The home page's miniature: one message's journey, then rest. The server has drawn the end already; this plays the way there.

import { announce, reducedMotion } from "./page.js";

const HOP_MS = 950, PULSE_MS = 120, WORK_MS = 500;
let running = 0;

const frames = (ms, draw) => new Promise((done) => {
  const begun = performance.now(), mine = running;
  const step = (now) => {
    if (mine !== running) return done();
    const part = Math.min(1, (now - begun) / ms);
    draw(part);
    part < 1 ? requestAnimationFrame(step) : done();
  };
  requestAnimationFrame(step);
});

function travel(drawing, link, kind) {
  const path = drawing.querySelector(`[data-link="${link}"]`), length = path.getTotalLength();
  const token = document.createElementNS("http://www.w3.org/2000/svg", "g");
  token.setAttribute("class", `hero-traveller token-${kind}`);
  token.innerHTML = document.querySelector(`.hero-publish .token-${kind}`).innerHTML;
  drawing.querySelector(".hero-moving").append(token);
  return frames(HOP_MS, (part) => {
    const { x, y } = path.getPointAtLength(part * length);
    token.setAttribute("transform", `translate(${x} ${y})`);
  }).then(() => token.remove());
}

async function play(hero) {
  running += 1;
  const mine = running, kind = hero.dataset.last, copies = hero.dataset.copies.split(" ").filter(Boolean);
  const drawing = [...hero.querySelectorAll(".hero-drawing")].find((each) => each.getClientRects().length);
  if (!drawing) return;
  const gauges = new Map(copies.map((node) => [node, drawing.querySelector(`[data-node="${node}"] [data-gauge], [data-count="${node}"]`)]));
  const ends = new Map([...gauges].map(([node, gauge]) => [node, gauge.textContent]));
  const newest = copies.map((node) => [...drawing.querySelectorAll(`[data-node="${node}"] .hero-token`)].at(-1)).filter(Boolean);
  const land = (node) => {
    gauges.get(node).textContent = ends.get(node);
    newest.find((token) => token.parentNode.dataset.node === node)?.removeAttribute("visibility");
  };
  if (reducedMotion()) {
    for (const node of copies) drawing.querySelector(`[data-link="order-events/${node}"]`).classList.add("pulse");
    setTimeout(() => drawing.querySelectorAll(".pulse").forEach((edge) => edge.classList.remove("pulse")), 200);
    return;
  }
  for (const [node, gauge] of gauges) gauge.textContent = Number(ends.get(node)) - 1;
  for (const token of newest) token.setAttribute("visibility", "hidden");
  await travel(drawing, "shop/order-events", kind);
  hero.classList.add("pulsing");
  await frames(PULSE_MS, () => {});
  hero.classList.remove("pulsing");
  await Promise.all(copies.map((node) => travel(drawing, `order-events/${node}`, kind).then(async () => {
    const work = node === "update-stock" && drawing.querySelector(".hero-work");
    if (work && mine === running) {
      await frames(WORK_MS, (part) => work.setAttribute("width", part * work.dataset.full));
      work.setAttribute("width", 0);
    }
    land(node);
  })));
}

document.addEventListener("htmx:afterSwap", ({ target }) => {
  const hero = document.getElementById("hero");
  if (!hero || !(target.id === "hero" || target.contains(hero))) return;
  document.getElementById("publish-button")?.focus({ preventScroll: true });
  announce(hero.querySelector("[role=img]").getAttribute("aria-label"));
  play(hero);
});
const first = document.getElementById("hero");
if (first) play(first);
