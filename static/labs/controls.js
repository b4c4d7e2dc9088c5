// Beside the stage: the sliders, fields and buttons that change the system.

import { spelt } from "./stage.js";

/** Sliders and fields. What is typed stays; what was refused says why, at the field. */
export class Controls {
  constructor({ set }) {
    this.set = set;
    this.forms = [...document.querySelectorAll("form.control")];
    this.stages = new Set(["start"]);
    for (const form of this.forms) this.attend(form);
    document.getElementById("controls").addEventListener("input", () => this.countBytes());
    this.countBytes();
    document.getElementById("stage").addEventListener("lab-frame", ({ detail }) => this.turn(detail.toggled));
    this.reveal();
  }

  attend(form) {
    const { kind } = form.dataset, slider = form.querySelector(".slider"), exact = form.querySelector(".exact-field"), text = form.querySelector("textarea");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (exact) this.typed(form, exact, slider);
      if (text) this.written(form, text, kind);
    });
    slider?.addEventListener("input", () => { exact.value = slider.value; this.spell(slider, exact); });
    if (slider) this.spell(slider, exact);
    slider?.addEventListener("change", () => this.send(form, Number(slider.value), exact));
    exact?.addEventListener("change", () => this.typed(form, exact, slider));
    text?.addEventListener("input", () => { form.dataset.changed = ""; form.querySelector(".saved").textContent = "Not saved"; });
    form.querySelectorAll("[type=radio]").forEach((radio) => radio.addEventListener("change", () => this.send(form, radio.value, radio)));
  }

  /** Many seconds say how long that is. */
  spell(slider, exact) { if (slider.dataset.unit === "s") exact.nextElementSibling.textContent = `s${slider.value >= 120 ? ` (${spelt(slider.value)})` : ""}`; }

  /** What a body of so many letters has in bytes, which is what a queue counts. */
  countBytes() {
    for (const place of document.querySelectorAll("[data-bytes-of]")) {
      const letter = document.querySelector(`form.control[data-parameter="${place.dataset.bytesOf}"] :checked`).value, times = Number(place.closest("form").querySelector(".slider").value);
      const bytes = times * new TextEncoder().encode(letter).length, whole = (number) => number.toLocaleString("en-GB");
      place.textContent = `${whole(times)} × ${letter} = ${whole(bytes)} bytes`;
    }
  }

  typed(form, exact, slider) {
    const value = Number(exact.value.replaceAll(",", "").trim());
    if (exact.value.trim() === "" || !Number.isFinite(value)) { this.refuse(form, `Type a number from ${slider.min} to ${slider.max}.`, exact); return; }
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    exact.value = String(value);
    this.send(form, value, exact);
  }

  written(form, text, kind) {
    let value = text.value;
    if (kind === "json") {
      try { value = text.value.trim() === "" ? null : JSON.parse(text.value); } catch (error) { this.refuse(form, `This is not valid JSON yet: ${error.message}.`, text); return; }
    }
    this.send(form, value, text);
  }

  async send(form, value, field) {
    const { target, parameter, also, offset } = form.dataset;
    const sent = this.sent = { form, field, target, until: performance.now() + 2500, refused: false };
    this.refuse(form, null);
    try {
      const given = offset ? value + Number(offset) : value;
      for (const each of [target, ...(also ? also.split(" ") : [])]) await this.set(each, { [parameter]: given });
      if (sent.refused) return;
      this.refuse(form, null, field);
      delete form.dataset.changed;
      const saved = form.querySelector(".saved");
      if (saved) saved.textContent = "Saved";
    } catch (refusal) { this.refuse(form, refusal.says, field); }
  }

  refuse(form, says, field) {
    const place = form.querySelector(".field-error");
    place.hidden = !says;
    if (says) { place.lastElementChild.textContent = says; field?.setAttribute("aria-invalid", "true"); } else form.querySelectorAll("[aria-invalid]").forEach((each) => each.removeAttribute("aria-invalid"));
  }

  /** AWS refuses a bad attribute in the run itself: the sentence belongs to the field that asked for it. */
  heard(records = []) {
    for (const record of records) {
      if (record.type === "refused" && this.sent && performance.now() < this.sent.until && (record.node === this.sent.target || this.sent.target.startsWith(`${record.node}/`))) {
        this.sent.refused = true;
        this.refuse(this.sent.form, record.says, this.sent.field);
        const saved = this.sent.form.querySelector(".saved");
        if (saved) saved.textContent = "Not saved";
      }
    }
  }

  /** The document as it is now: each control shows its value, unless somebody is typing there. */
  take({ nodes, links }) {
    const all = new Map([...nodes.map((node) => [node.id, node.parameters || {}]), ...links.map((link) => [`${link.from}/${link.to}`, link.parameters || {}])]);
    for (const form of this.forms) {
      if (form.contains(document.activeElement) || "changed" in form.dataset) continue;
      const slider = form.querySelector(".slider"), exact = form.querySelector(".exact-field"), text = form.querySelector("textarea");
      const given = form.dataset.parameter.split(".").reduce((found, name) => found?.[name], all.get(form.dataset.target));
      const value = given ?? (slider && all.has(form.dataset.target) ? Number(slider.min) + Number(form.dataset.offset || 0) : null); // as the page shows what is not set
      if (value === null) continue;
      if (slider) {
        slider.value = value - Number(form.dataset.offset || 0);
        exact.value = slider.value;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      } else if (text) text.value = form.dataset.kind === "json" ? JSON.stringify(value, null, 2) : value;
      else form.querySelectorAll("[type=radio]").forEach((radio) => { radio.checked = radio.value === String(value); });
    }
    this.countBytes();
  }

  // --- Controls appear in the order in which they are needed ---

  succeeded() { this.stages.add("success"); this.reveal(); }

  ran() {
    this.began ||= performance.now();
    if (performance.now() - this.began > 4000 && !this.stages.has("run")) { this.stages.add("run").add("success"); this.reveal(); }
  }

  reveal() {
    for (const form of this.forms) form.hidden = !this.stages.has(form.dataset.from);
    document.getElementById("more-controls").hidden = !this.forms.some((form) => form.hidden);
  }

  // --- Buttons, some of which undo at every second press what they did at the first ---

  pressed(button) {
    if (!button) return;
    document.querySelectorAll("[data-press].primary").forEach((each) => { if (each !== button) each.classList.remove("primary"); });
    button.classList.remove("primary");
  }

  /** Which of a button's two sides is next is the server's to say: others press it too, and sliders do the same. */
  turn(keys) {
    if (!keys) return;
    for (const button of document.querySelectorAll("[data-press][data-toggle-label]")) {
      if (keys.includes(button.dataset.press) === ("on" in button.dataset)) continue;
      const words = button.firstElementChild, label = words.textContent;
      words.textContent = button.dataset.toggleLabel;
      button.dataset.toggleLabel = label;
      button.toggleAttribute("data-on");
    }
  }

  forget() {
    for (const form of this.forms) { delete form.dataset.changed; this.refuse(form, null); }
  }
}
