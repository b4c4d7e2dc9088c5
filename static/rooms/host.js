// The host's corner on a lab's page: names the run that this page has started meanwhile, and closes its panel like a popover.

const form = document.querySelector(".host-form"), corner = document.getElementById("room");

form?.addEventListener("formdata", ({ formData }) => {
  const run = document.getElementById("stage")?.dataset.run;
  if (run) formData.set("lab", run);
});

corner?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !corner.open) return;
  event.stopPropagation();
  corner.open = false;
  corner.querySelector("summary").focus();
});
