// Tasks that wait for SendTaskSuccess or SendTaskFailure: each with a form that answers in the place of a person.

import { announce } from "../js/page.js";
import { notJson } from "./jsontext.js";

const $ = (id) => document.getElementById(id);

export class Tasks {
  constructor(flow) {
    this.flow = flow;
    this.forms = new Map();
    this.numbered = 0;
    this.holds = false;
    $("waiting-list").addEventListener("click", ({ target }) => { const button = target.closest("[data-do]"); if (button) this.settle(button); });
    $("let-time-pass").addEventListener("click", () => this.letPass());
  }

  show(tasks) {
    const list = $("waiting-list"), here = new Set(tasks.map(({ token }) => token)), focused = list.contains(document.activeElement);
    $("waiting-tasks").hidden = !tasks.length;
    for (const [token, form] of this.forms) if (!here.has(token)) { form.remove(); this.forms.delete(token); }
    for (const task of tasks) if (!this.forms.has(task.token)) this.add(task, list);
    this.tell(tasks);
    if (focused && !list.contains(document.activeElement)) (list.querySelector("button") || $("state-choice")).focus({ preventScroll: true });
  }

  /** Somebody is asked, so no idle time is skipped: the stage says so, with the way on. */
  tell(tasks) {
    const { lab } = this.flow, holds = tasks.length > 0 && lab.mayControl && lab.clock.skip_idle && !lab.clock.looking;
    if (holds === this.holds || (holds && !$("banner").hidden)) return;
    this.holds = holds;
    if (holds) lab.say("wait", `${tasks[0].state} waits for an answer. Until then no idle time is skipped.`, "Let time pass", () => this.letPass());
    else lab.say(null);
  }

  async letPass() {
    const { running } = this.flow.lab.clock;
    await this.flow.lab.clockDo("step");
    if (running) this.flow.lab.clockDo("play");
  }

  add({ token, state, execution, beats }, list) {
    const form = document.createElement("form"), id = `waiting-${++this.numbered}`;
    form.className = "waiting-task";
    form.dataset.token = token;
    form.noValidate = true;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.innerHTML = `<p><b></b> <span class="caption dim"></span></p>
      <div class="field"><label for="${id}-output">Output, JSON</label><textarea class="input mono" id="${id}-output" rows="2" spellcheck="false" aria-describedby="${id}-error">{"approved": true}</textarea></div>
      <div class="row"><button class="button small primary" type="button" data-do="approve">Approve</button><button class="button small" type="button" data-do="decline">Decline</button>${beats ? '<button class="button quiet small" type="button" data-do="beat">Heartbeat</button>' : ""}</div>
      <details><summary>Error and cause of declining</summary><div class="field"><label for="${id}-name">Error</label><input class="input mono" id="${id}-name" value="Declined" maxlength="256"></div><div class="field"><label for="${id}-cause">Cause</label><input class="input" id="${id}-cause" value="Declined by hand"></div></details>
      <p class="field-error" id="${id}-error" role="alert" hidden><svg class="mark" viewBox="0 0 16 16" aria-hidden="true"><use href="#mark-fail"/></svg><span></span></p>`;
    form.querySelector("b").textContent = state;
    form.querySelector("p span").textContent = execution;
    form.querySelectorAll("[data-do]").forEach((button) => { button.setAttribute("aria-label", `${button.textContent} ${state} of ${execution}`); button.disabled = !this.flow.lab.mayControl; });
    list.append(form);
    this.forms.set(token, form);
    announce(`${state} of ${execution} waits for an answer.`);
  }

  /** SendTaskSuccess, SendTaskFailure, or a sign of life, SendTaskHeartbeat. */
  async settle(button) {
    const form = button.closest("form"), field = form.querySelector("textarea"), [name, cause] = form.querySelectorAll("input"), place = form.querySelector(".field-error");
    const refuse = (says) => { place.hidden = !says; if (says) place.lastElementChild.textContent = says; };
    const approves = button.dataset.do === "approve", beats = button.dataset.do === "beat";
    if (approves) {
      try { JSON.parse(field.value); } catch { field.setAttribute("aria-invalid", "true"); refuse(notJson(field.value)); field.focus(); return; }
    }
    field.removeAttribute("aria-invalid");
    const answer = approves ? { output: field.value } : beats ? {} : { error: name.value, cause: cause.value };
    try {
      await this.flow.lab.act({ type: "command", action: approves ? "SendTaskSuccess" : beats ? "SendTaskHeartbeat" : "SendTaskFailure", target: this.flow.node, parameters: { taskToken: form.dataset.token, ...answer } });
      refuse(null);
      announce(approves ? "Approved." : beats ? "Heartbeat sent: its time begins anew." : "Declined.");
      this.flow.ask();
    } catch (refusal) { refuse(refusal.says || "The server did not answer."); }
  }
}
