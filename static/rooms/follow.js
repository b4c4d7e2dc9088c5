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

// Here time is only shown: what cannot be moved takes no focus and does not call itself a control.
playhead.removeAttribute("tabindex");
playhead.setAttribute("aria-hidden", "true");
clock.setAttribute("aria-label", "Time shown");

const speed = Object.assign(document.createElement("span"), { className: "follow-speed" });
document.getElementById("clock-state").after(speed);

stage.addEventListener("lab-connected", ({ detail: connected }) => { say(connected ? "ok" : "wait", connected ? "In step" : "Reconnecting"); });

stage.addEventListener("lab-frame", ({ detail: frame }) => {
  if (frame.clock) speed.textContent = frame.clock.skip_idle ? "Skipping idle time" : `${frame.clock.speed.toLocaleString("en-GB")}×`;
  if (frame.type === "room") {
    following.lastChild.textContent = `${frame.following} following`;
    following.classList.toggle("some", frame.following > 0);
  }
  if (frame.type === "closing" && frame.code === 4010) location.replace(`${location.pathname}?again`);
});

document.addEventListener("show-tab", () => document.getElementById("inspected").scrollIntoView({ block: "nearest" }));

history.replaceState(null, "", location.pathname); // without what only said that this page came back by itself
