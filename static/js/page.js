// What every page does with a script: theme and motion, glossary popovers, key help, tabs of a lab's page, small fields.
// A page without it reads, links and posts all the same.

const root = document.documentElement;
const kept = {
  get(name) { try { return localStorage.getItem(name); } catch { return null; } },
  set(name, value) { try { value ? localStorage.setItem(name, value) : localStorage.removeItem(name); } catch { /* not kept */ } },
};

export function announce(sentence) {
  const live = document.getElementById("live");
  if (!live || !sentence) return;
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = sentence; });
}

export const reducedMotion = () => root.dataset.motion === "reduced" || matchMedia("(prefers-reduced-motion: reduce)").matches;

// --- Theme, motion, shortcuts ---

function showPreferences() {
  const theme = root.dataset.theme || "system";
  for (const input of document.querySelectorAll('[data-display="theme"] input')) input.checked = input.value === theme;
  const motion = document.querySelector('input[data-display="motion"]');
  if (motion) motion.checked = root.dataset.motion === "reduced";
  const shortcuts = document.querySelector('input[data-display="shortcuts"]');
  if (shortcuts) shortcuts.checked = kept.get("shortcuts") !== "off";
}

document.addEventListener("change", ({ target }) => {
  if (target.closest('[data-display="theme"]')) {
    const theme = target.value === "system" ? "" : target.value;
    theme ? (root.dataset.theme = theme) : delete root.dataset.theme;
    kept.set("theme", theme);
  } else if (target.dataset.display === "motion") {
    target.checked ? (root.dataset.motion = "reduced") : delete root.dataset.motion;
    kept.set("motion", target.checked ? "reduced" : "");
  } else if (target.dataset.display === "shortcuts") {
    kept.set("shortcuts", target.checked ? "" : "off");
  } else return;
  document.dispatchEvent(new CustomEvent("preferences"));
});

// --- Glossary popovers: on focus, hover and tap; Esc closes; the pointer may rest on them ---

const popover = Object.assign(document.createElement("div"), { className: "popover glossary-popover", popover: "manual", id: "glossary-popover" });
popover.setAttribute("role", "group");
const fetched = new Map();
let shownFor = null, dismissed = null, timer = 0;

const textOf = (address) => {
  if (!fetched.has(address)) {
    fetched.set(address, fetch(address, { headers: { "X-Requested-With": "popover" } })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
      .catch(() => { fetched.delete(address); return null; }));
  }
  return fetched.get(address);
};

async function showTerm(link) {
  shownFor = link;
  const html = await textOf(link.href);
  if (shownFor !== link || !html || !link.isConnected) return;
  popover.innerHTML = html;
  (link.closest("dialog, main") || document.body).append(popover);
  if (!popover.matches(":popover-open")) popover.showPopover();
  link.setAttribute("aria-expanded", "true");
  link.setAttribute("aria-describedby", popover.id);
  place(link);
}

function place(link) {
  const line = link.getClientRects()[0], box = popover.getBoundingClientRect(), margin = 8;
  const left = Math.max(margin, Math.min(line.left, innerWidth - box.width - margin));
  const below = link.getBoundingClientRect().bottom + margin;
  const top = below + box.height <= innerHeight - margin ? below : Math.max(margin, line.top - box.height - margin);
  Object.assign(popover.style, { left: `${left}px`, top: `${top}px` });
}

function hideTerm() {
  clearTimeout(timer);
  if (shownFor) { shownFor.removeAttribute("aria-expanded"); shownFor.removeAttribute("aria-describedby"); }
  shownFor = null;
  if (popover.matches(":popover-open")) popover.hidePopover();
}

const later = (what, ms) => { clearTimeout(timer); timer = setTimeout(what, ms); };
const termOf = (target) => target instanceof Element ? target.closest("a.term") : null;

document.addEventListener("pointerover", ({ target, pointerType }) => {
  if (pointerType === "touch") return;
  const link = termOf(target);
  if (link) link === shownFor ? clearTimeout(timer) : later(() => { hideTerm(); showTerm(link); }, 150);
  else if (popover.contains(target)) clearTimeout(timer);
  else if (shownFor && document.activeElement !== shownFor && !popover.contains(document.activeElement)) later(hideTerm, 250);
  else if (!shownFor) clearTimeout(timer);
});
document.addEventListener("focusin", ({ target }) => {
  const link = termOf(target);
  if (link && link !== shownFor && link !== dismissed && link.matches(":focus-visible")) { hideTerm(); showTerm(link); }
  else if (!link && !popover.contains(target)) hideTerm();
});
document.addEventListener("click", (event) => {
  const link = termOf(event.target);
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    if (shownFor !== link) { hideTerm(); showTerm(link); }
  } else if (!popover.contains(event.target)) hideTerm();
});
addEventListener("scroll", () => { if (shownFor) place(shownFor); }, { passive: true, capture: true });

// --- Keys, dialogs, print ---

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && shownFor) {
    const link = shownFor, within = popover.contains(document.activeElement);
    hideTerm();
    dismissed = link;
    if (within) link.focus();
    dismissed = null;
    event.stopPropagation();
    return;
  }
  const corner = document.querySelector("details.room-corner[open]");
  if (event.key === "Escape" && corner && !document.querySelector("dialog[open], :popover-open")) {
    corner.open = false;
    corner.firstElementChild.focus();
  }
  const typing = event.target instanceof Element && event.target.closest("input:not([type=radio], [type=checkbox], [type=range]), textarea, select, [contenteditable]");
  if (event.key === "?" && !typing && kept.get("shortcuts") !== "off") openDialog("keys");
}, true);

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}
document.addEventListener("click", ({ target }) => {
  const opener = target instanceof Element && target.closest("[data-opens]");
  if (opener) openDialog(opener.dataset.opens);
  if (target instanceof Element && target.closest("[data-prints]")) print();
  if (target instanceof HTMLDialogElement) {
    target.close(); // a press on the backdrop
  }
});

// --- Small fields ---

const fill = (slider) => {
  const least = Number(slider.min || 0), most = Number(slider.max || 100);
  slider.style.setProperty("--fill", `${(100 * (slider.value - least)) / (most - least || 1)}%`);
};
const mark = (input) => {
  const field = input.closest(".code-field"), count = input.value.replace(/\D/g, "").length;
  field.dataset.filled = count;
  field.querySelectorAll("i").forEach((box, place) => box.classList.toggle("next", place === Math.min(count, 5)));
};
document.addEventListener("input", ({ target }) => {
  if (target.matches(".slider")) fill(target);
  if (target.matches(".code-input")) {
    const digits = target.value.replace(/\D/g, "").slice(0, 6);
    if (digits !== target.value) target.value = digits;
    mark(target);
  }
});

// --- The tabs of a lab's page, where it is too narrow for all of it ---

function tabs() {
  const page = document.querySelector(".lab-page"), bar = page?.querySelector(".lab-tabs");
  if (!bar) return;
  const left = {}; // how far down each part was left
  const show = (name) => {
    page.dataset.tab = name;
    for (const link of bar.children) link.dataset.tab === name ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    dispatchEvent(new Event("resize"));
  };
  const enter = (part) => { part.tabIndex = -1; part.focus({ preventScroll: true }); };
  page.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-tab]");
    if (!link) return;
    event.preventDefault();
    left[page.dataset.tab] = scrollY;
    show(link.dataset.tab);
    if (!event.detail && document.activeElement === link) enter(document.querySelector(link.hash)); // chosen by key
    scrollTo({ top: left[link.dataset.tab] ?? 0, behavior: "instant" });
  });
  show(page.dataset.tab); // the page itself chooses the first
  document.addEventListener("show-tab", ({ detail }) => show(detail));
}

// --- What comes when it is first used: whatever was done before it is there is done again then ---

const again = (type, target, submitter) => {
  if (type === "click") target.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true }));
  else if (type !== "submit") target.dispatchEvent(new Event(type, { bubbles: type === "change" }));
  else submitter ? submitter.click() : target.requestSubmit(); // a press: htmx takes value and formnovalidate from the click
};

/** `uses` selects what needs it, `acts` are the kinds of events to hold where `held` says so. Gives what brings it. */
export function atFirstUse({ uses, acts, held, bring }) {
  let coming = null, there = false;
  const come = () => (coming ||= bring().then(() => { there = true; }, (lost) => { coming = null; throw lost; }));
  for (const interest of ["pointerover", "pointerdown", "focusin"]) {
    document.addEventListener(interest, ({ target }) => { if (!coming && target instanceof Element && target.closest(uses)) come().catch(() => {}); });
  }
  for (const type of acts) {
    document.addEventListener(type, (event) => {
      if (there || !(event.target instanceof Element) || !held(event.target)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const { target, submitter } = event;
      come().then(() => again(type, target, submitter), () => announce("The server did not answer, and nothing was done. Try again."));
    }, true);
  }
  return come;
}

const HTMX = "[hx-get], [hx-post]";
const bringHtmx = atFirstUse({
  uses: HTMX, acts: ["submit", "toggle"], held: (target) => target.matches(HTMX),
  bring: () => new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = document.querySelector("meta[name=htmx]").content;
    script.onload = script.onerror = resolve; // without it a form is sent as forms are
    const insert = () => document.head.append(script); // before the page is complete htmx would wait for what has been
    document.readyState === "complete" ? insert() : addEventListener("load", insert);
  }),
});
if (document.querySelector('[hx-trigger^="every"]')) bringHtmx();

// --- After a swap: what was locked in is said, and the focus goes to the outcome ---

document.addEventListener("prediction-locked", ({ detail }) => {
  const card = document.getElementById(`prediction-${detail.prediction}`);
  if (!card) return;
  card.querySelector("h2")?.focus({ preventScroll: true });
  for (const part of [card, card.querySelector(".prediction-kicker")]) part.scrollIntoView({ block: "nearest" }); // of a long one the beginning
  const said = [".prediction-kicker", ".found dd"].map((part) => card.querySelector(part)?.textContent.trim()).filter(Boolean);
  announce(`${said[0]}.${said[1] ? ` The run: ${said[1]}.` : ""}`);
});

const prepare = (part) => {
  part.querySelectorAll(".slider").forEach(fill);
  part.querySelectorAll(".code-input").forEach(mark);
};
document.addEventListener("htmx:load", ({ detail }) => prepare(detail.elt));
showPreferences();
prepare(document);
tabs();
