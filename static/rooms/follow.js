// What a follower's page has beside the lab: whether it is in step with the host, how many follow, and a closed room.

const stage = document.getElementById("stage"), chip = document.getElementById("in-step");
const following = document.querySelector("#following .following");
const playhead = document.querySelector(".playhead"), clock = document.getElementById("clock");

function say(status, words) {
  if (chip.lastElementChild.textContent === words) return;
  chip.className = `chip ${status}`;
  chip.innerHTML = `<svg class="mark" viewBox="0 0 16 16" aria-hidden="true"><use href="#mark-${status}"/></svg><span></span>`;
  chip.lastElementChild.textContent = words;
}

// Here time is only shown: nothing that cannot be moved takes the focus or calls itself a control.
for (const name of ["tabindex", "aria-valuemin", "aria-valuemax", "aria-valuenow"]) playhead.removeAttribute(name);
playhead.setAttribute("role", "img");
clock.setAttribute("aria-label", "Time shown");

stage.addEventListener("lab-connected", ({ detail: connected }) => { say(connected ? "ok" : "wait", connected ? "In step" : "Reconnecting"); });

stage.addEventListener("lab-frame", ({ detail: frame }) => {
  if (frame.clock) document.documentElement.dataset.followed = frame.clock.looking ? "past" : frame.clock.running ? "running" : "paused";
  if (frame.type === "room") {
    following.lastChild.textContent = `${frame.following} following`;
    following.classList.toggle("some", frame.following > 0);
  }
  if (frame.type === "closing" && frame.code === 4010) location.replace(`${location.pathname}?again`);
});

document.addEventListener("show-tab", () => document.getElementById("inspected").scrollIntoView({ block: "nearest" }));
